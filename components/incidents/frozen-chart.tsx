"use client";
/** A chart that was kept with its numbers: drawn the same after the data behind it have been deleted. */
import { useMemo, type ReactNode } from "react";
import type { ChartEvent, ChartLimit, ChartWindow } from "@/components/charts/chart-types";
import { ChartCursorProvider } from "@/components/charts/chart-cursor";
import { seriesName } from "@/components/charts/plot-layers";
import { TimeSeriesChart, type TimeSeriesChartProps } from "@/components/charts/time-series-chart";
import type { Postmortem } from "@/components/data/outputs";
import { displayUnit, startsAtZero } from "@/components/vocabulary/metric-display";
import { isWorseHigh, unitOfMetric } from "@/components/vocabulary/metrics";

type FrozenChartData = Postmortem["charts"][number];

export function FrozenChart({ chart, height = 200 }: { chart: FrozenChartData; height?: number }): ReactNode {
  const model = useMemo(() => modelOf(chart), [chart]);
  return (
    <ChartCursorProvider>
      <TimeSeriesChart
        label={chart.title}
        {...model}
        names={{
          candidate: seriesName("candidate", chart.candidateId),
          control: chart.controlId === null ? "control" : seriesName("control", chart.controlId),
          candidateIsShadow: false,
        }}
        height={height}
      />
    </ChartCursorProvider>
  );
}

type Model = Pick<TimeSeriesChartProps, "unit" | "windows" | "limit" | "events" | "range" | "fromZero">;

function modelOf(chart: FrozenChartData): Model {
  const unit = displayUnit(chart.metric, unitOfMetric(chart.metric));
  const worseHigh = isWorseHigh(chart.metric);
  return {
    unit,
    windows: windowsOf(chart),
    limit: limitOf(chart, worseHigh),
    events: chart.marks.map(({ at, label }) => markOf(Date.parse(at), label)),
    range: { fromMs: Date.parse(chart.from), toMs: Date.parse(chart.to), stepMs: chart.stepMs },
    fromZero: startsAtZero(unit, worseHigh),
  };
}

/** What was kept as the bad time is shaded, wherever the release has a value in it. */
function windowsOf({ steps, bad, limit }: FrozenChartData): ChartWindow[] {
  const [fromMs, toMs] = bad === null ? [Infinity, -Infinity] : [Date.parse(bad.from), Date.parse(bad.to)];
  return steps.map(({ at, candidate, control }) => {
    const atMs = Date.parse(at);
    const isBad = limit !== null && atMs >= fromMs && atMs < toMs && candidate !== null && candidate.value !== null;
    return { atMs, candidate, control, provisional: false, breaching: isBad };
  });
}

function limitOf({ limit }: FrozenChartData, worseHigh: boolean): ChartLimit | null {
  return limit === null ? null : { value: limit.value, label: limit.words, side: worseHigh ? "max" : "min" };
}

function markOf(atMs: number, label: string): ChartEvent {
  return { atMs, label, kind: /roll/i.test(label) ? "rollback" : "incident" };
}
