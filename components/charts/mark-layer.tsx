"use client";
/** The span of time that the reader marks on a chart, by dragging or with Shift and the arrows. */
import type { ReactNode } from "react";
import { useChartMark } from "./chart-cursor";
import { xOf, type PlotBox } from "./chart-geometry";
import type { ChartRange, ChartSpan, ChartWindow } from "./chart-types";

/** From the beginning of the earlier window's step to the end of the later one's. */
export function spanOf(one: ChartWindow, other: ChartWindow, { stepMs }: ChartRange): ChartSpan {
  return { fromMs: Math.min(one.atMs, other.atMs) - stepMs, toMs: Math.max(one.atMs, other.atMs) };
}

/** What is being marked, else what is marked; nothing outside the plot. */
export function MarkLayer({ box, range }: { box: PlotBox; range: ChartRange }): ReactNode {
  const { shown } = useChartMark();
  if (shown === null || shown.toMs <= range.fromMs || shown.fromMs >= range.toMs) return null;
  const left = xOf(Math.max(shown.fromMs, range.fromMs), box, range);
  const right = xOf(Math.min(shown.toMs, range.toMs), box, range);
  return (
    <span
      aria-hidden="true"
      className="absolute border-x border-focus bg-focus/12"
      style={{ left, width: Math.max(2, right - left), top: box.top, bottom: box.bottom }}
    />
  );
}
