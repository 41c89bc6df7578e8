"use client";
/** The gate matrix, worst first, then the charts: the one that matters large, the rest as small multiples. */
import { useMemo, type ReactNode } from "react";
import { ChartCursorProvider } from "@/components/charts/chart-cursor";
import type { ChartSpan } from "@/components/charts/chart-types";
import { EventList } from "@/components/charts/event-list";
import type { Compare, CompareRow } from "@/components/data/outputs";
import { EmptyState } from "@/components/ui/states";
import { chartEvents, chartRange, CompareChart } from "./compare-chart";
import type { CompareParams } from "./compare-parsers";
import { GateMatrix } from "./gate-matrix";
import { paramsOfSpan, spanOfParams, WindowDifferences } from "./window-differences";

interface MetricsTabProps {
  compare: Compare;
  stale: boolean;
  params: CompareParams;
  onParams: (change: Partial<CompareParams>) => void;
}

/** At most this many charts are drawn at once. */
const CHARTS = 6;

/** The reader's metric first, then the server's order, which is worst first. */
function inOrder(rows: readonly CompareRow[], metric: string | null): CompareRow[] {
  return rows.toSorted((left, right) => Number(right.metric === metric) - Number(left.metric === metric));
}

export function MetricsTab({ compare, stale, params, onParams }: MetricsTabProps): ReactNode {
  const [first, ...rest] = inOrder(compare.rows, params.metric);
  const { spanFrom, spanTo } = params;
  const span = useMemo(() => spanOfParams({ spanFrom, spanTo }), [spanFrom, spanTo]);
  // A shadow is compared pair by pair.
  const canMark = compare.mode !== "shadow";
  const marks = canMark ? { marked: span, onMark: (next: ChartSpan) => onParams(paramsOfSpan(next)) } : {};
  if (first === undefined) {
    return (
      <EmptyState title="No metrics in this range">
        Neither side sent a request in it. Choose another range, or check that the gateways’ exporters are running.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      <GateMatrix compare={compare} stale={stale} />
      <ChartCursorProvider {...marks}>
        <div className="flex flex-col gap-1">
          <CompareChart compare={compare} row={first} stale={stale} height={280} />
          <EventList events={chartEvents(compare)} range={chartRange(compare)} />
        </div>
        {canMark && <WindowDifferences compare={compare} row={first} span={span} onParams={onParams} />}
        <div className="grid gap-x-6 gap-y-8 lg:grid-cols-2">
          {rest.slice(0, CHARTS - 1).map((row) => (
            <CompareChart key={row.metric} compare={compare} row={row} stale={stale} height={200} />
          ))}
        </div>
      </ChartCursorProvider>
    </div>
  );
}
