"use client";
/** Reading a chart by pointer and by keys; a click pins the cursor, Escape lets it go. */
import Link from "next/link";
import type { MouseEvent, ReactNode } from "react";
import type { Zone } from "@/components/ui/format-time";
import { useChartCursor } from "./chart-cursor";
import { timeAt, type PlotBox } from "./chart-geometry";
import { nearestIndex } from "./chart-model";
import type { ChartRange, ChartSeriesNames, ChartWindow } from "./chart-types";
import { windowSentence } from "./chart-words";

interface Words {
  unit: string;
  names: ChartSeriesNames;
  zone: Zone;
}

interface PlotReaderProps {
  label: string;
  windows: readonly ChartWindow[];
  box: PlotBox;
  range: ChartRange;
  words: Words;
  children: ReactNode;
}

/** A hidden range input takes the keys, so that arrows, Page keys, Home and End work as everywhere else. */
export function PlotReader({ label, windows, box, range, words, children }: PlotReaderProps): ReactNode {
  const { reading, setReading } = useChartCursor();
  const index = reading.atMs === null ? windows.length - 1 : nearestIndex(windows, reading.atMs);
  const current = windows[index];
  const go = (window: ChartWindow | undefined, pinned: boolean): void => {
    if (window !== undefined) setReading({ atMs: window.atMs, pinned, spoken: windowSentence(window, words) });
  };
  const under = (event: MouseEvent<HTMLElement>): ChartWindow | undefined => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return windows[nearestIndex(windows, timeAt(x, box, range))];
  };
  return (
    <div
      className="rounded-sm has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-focus"
      onPointerMove={(event) => {
        const window = under(event);
        if (!reading.pinned && window !== undefined && window.atMs !== reading.atMs) setReading({ atMs: window.atMs });
      }}
      onPointerLeave={() => {
        if (!reading.pinned) setReading({ atMs: null });
      }}
      onPointerUp={(event) => go(under(event), !reading.pinned)}
    >
      <input
        type="range"
        className="sr-only"
        aria-label={label}
        aria-valuetext={current === undefined ? "no windows" : windowSentence(current, words).split(": ", 1)[0]}
        min={0}
        max={Math.max(0, windows.length - 1)}
        value={Math.max(0, index)}
        onChange={(event) => go(windows[Number(event.target.value)], true)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // The key has done its work here: it does not also leave the page.
          event.preventDefault();
          setReading({ atMs: null, pinned: false, spoken: "" });
        }}
      />
      {children}
    </div>
  );
}

/** The window under the cursor in words, else the newest one. It has its place, so that nothing jumps. */
export function ReadingLine(props: {
  windows: readonly ChartWindow[];
  words: Words;
  windowHref?: (atMs: number) => string;
}): ReactNode {
  const { reading } = useChartCursor();
  const chosen =
    reading.atMs === null ? props.windows.at(-1) : props.windows[nearestIndex(props.windows, reading.atMs)];
  if (chosen === undefined) return <p className="text-sm text-muted">No windows in this range.</p>;
  return (
    <p className="flex min-h-4 flex-wrap gap-x-3 text-sm text-muted">
      <span className="min-w-0 break-words">{windowSentence(chosen, props.words)}</span>
      {props.windowHref !== undefined && (
        <Link href={props.windowHref(chosen.atMs)} className="quiet-link">
          requests of this window
        </Link>
      )}
    </p>
  );
}
