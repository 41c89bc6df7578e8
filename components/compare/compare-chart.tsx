"use client";
/** One metric of a comparison as a chart: from the API's rows to what the chart draws. */
import Link from "next/link";
import { useMemo, type ReactNode } from "react";
import type { ChartEvent, ChartLimit, ChartRange, ChartWindow } from "@/components/charts/chart-types";
import { seriesName } from "@/components/charts/plot-layers";
import { TimeSeriesChart } from "@/components/charts/time-series-chart";
import type { Compare, CompareRow } from "@/components/data/outputs";
import { formatDuration, formatValue } from "@/components/ui/format";
import { displayUnit, startsAtZero } from "@/components/vocabulary/metric-display";
import { newIncidentPath, requestsPath } from "@/components/vocabulary/paths";
import { actionWord } from "@/components/vocabulary/states";
import { RowVerdict } from "./row-verdict";

function toWindows(row: CompareRow): ChartWindow[] {
  return row.points.map((point) => ({
    atMs: Date.parse(point.at),
    candidate: point.candidate,
    control: point.control,
    provisional: point.provisional,
    breaching: point.breaching,
  }));
}

function toLimit(row: CompareRow, unit: string): ChartLimit | null {
  const threshold = row.threshold;
  if (threshold === null || threshold.line === null) return null;
  const isCeiling = threshold.kind === "max" || threshold.kind === "max_increase";
  return {
    value: threshold.line,
    label: `limit ${formatValue(threshold.line, unit)}`,
    side: isCeiling ? "max" : "min",
  };
}

/** `max 850 ms over 5m · sustained 3 · roll back`. */
function ruleNote(row: CompareRow): string | undefined {
  const threshold = row.threshold;
  if (threshold === null) return undefined;
  const sustained = threshold.consecutive > 1 ? ` · sustained ${threshold.consecutive}` : "";
  return `${threshold.text}${sustained} · ${actionWord(threshold.action)}`;
}

/** The comparison's events, for flags and for the list below the charts. */
export function chartEvents(compare: Compare): ChartEvent[] {
  return compare.events.map((event) => ({ atMs: Date.parse(event.at), kind: event.kind, label: event.label }));
}

export function chartRange({ range }: Compare): ChartRange {
  return { fromMs: Date.parse(range.from), toMs: Date.parse(range.to), stepMs: range.stepMs };
}

/** Where this chart, over this time, is kept in an incident. */
function pinPath({ application, candidate, control, range, rollout }: Compare, { metric }: CompareRow): string {
  return newIncidentPath(application, {
    metric,
    releaseId: candidate.releaseId,
    ...(control === null ? {} : { controlId: control.releaseId }),
    ...(rollout === null ? {} : { alias: rollout.alias }),
    from: range.from,
    to: range.to,
  });
}

interface CompareChartProps {
  compare: Compare;
  row: CompareRow;
  stale: boolean;
  height?: number;
}

export function CompareChart({ compare, row, stale, height }: CompareChartProps): ReactNode {
  const unit = displayUnit(row.metric, row.unit);
  const windows = useMemo(() => toWindows(row), [row]);
  const limit = useMemo(() => toLimit(row, unit), [row, unit]);
  const events = useMemo(() => chartEvents(compare), [compare]);
  const range = useMemo(() => chartRange(compare), [compare]);
  const isShadow = compare.mode === "shadow";
  const note = ruleNote(row) ?? `${formatDuration(compare.range.windowMs)} windows`;
  return (
    <div id={`chart-${row.metric}`} className="scroll-mt-16">
      <TimeSeriesChart
        label={row.label}
        unit={unit}
        names={{
          candidate: seriesName(isShadow ? "shadow" : "candidate", compare.candidate.releaseId),
          control: compare.control === null ? "control" : seriesName("control", compare.control.releaseId),
          candidateIsShadow: isShadow,
        }}
        windows={windows}
        limit={limit}
        events={events}
        range={range}
        fromZero={startsAtZero(row.unit, row.higherIsWorse)}
        badge={<RowVerdict row={row} stale={stale} quiet={false} />}
        note={note}
        actions={
          <Link href={pinPath(compare, row)} className="quiet-link min-h-8 py-1 text-sm">
            Pin to an incident…
          </Link>
        }
        windowHref={(atMs) =>
          requestsPath(compare.application, {
            releaseId: compare.candidate.releaseId,
            from: new Date(atMs - compare.range.windowMs).toISOString(),
            to: new Date(atMs).toISOString(),
          })
        }
        {...(height === undefined ? {} : { height })}
      />
    </div>
  );
}
