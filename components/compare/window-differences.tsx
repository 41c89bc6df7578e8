"use client";
/**
 * "What differs in this window?": the reader marks a span on a chart or types it, and every segment's candidate is
 * compared with its control and with the candidate elsewhere. The span is in the address.
 */
import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import type { ChartSpan } from "@/components/charts/chart-types";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { Compare, CompareDiffers, CompareRow } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { SegmentHarm } from "@/components/incidents/segment-harm";
import { parseMoment } from "@/components/shell/resolve-text";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useNow } from "@/components/ui/clock";
import { TextField } from "@/components/ui/field";
import { formatCount } from "@/components/ui/format";
import { formatUtcShort } from "@/components/ui/format-time";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Time } from "@/components/ui/time";
import type { CompareParams } from "./compare-parsers";
import { comparisonInput } from "./comparison-input";

/** Segments shown. */
const SEGMENTS = 12;

/** The span that the address names; null without one, or where it is none. */
export function spanOfParams({ spanFrom, spanTo }: Pick<CompareParams, "spanFrom" | "spanTo">): ChartSpan | null {
  const [fromMs, toMs] = [Date.parse(spanFrom ?? ""), Date.parse(spanTo ?? "")];
  return fromMs < toMs ? { fromMs, toMs } : null;
}

export function paramsOfSpan(span: ChartSpan): Pick<CompareParams, "spanFrom" | "spanTo"> {
  const { from, to } = timesOf(span);
  return { spanFrom: from, spanTo: to };
}

function timesOf({ fromMs, toMs }: ChartSpan): { from: string; to: string } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** From the first to the last window that the evaluator found beyond the limit; null where there is none. */
export function breachSpan({ points }: Pick<CompareRow, "points">, windowMs: number): ChartSpan | null {
  const times = points.filter(({ breaching }) => breaching).map(({ at }) => Date.parse(at));
  const [first, last] = [times.at(0), times.at(-1)];
  return first === undefined || last === undefined ? null : { fromMs: first - windowMs, toMs: last };
}

interface WindowDifferencesProps {
  compare: Compare;
  /** The metric of the large chart. */
  row: CompareRow;
  span: ChartSpan | null;
  onParams: (change: Partial<CompareParams>) => void;
}

export function WindowDifferences({ compare, row, span, onParams }: WindowDifferencesProps): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({
    ...trpc.compare.differs.queryOptions(span === null ? skipToken : comparisonInput(compare, timesOf(span))),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  const breach = breachSpan(row, row.threshold?.windowMs ?? compare.range.windowMs);
  return (
    <Card
      title="What differs in this window?"
      note={
        <>
          <span className="max-sm:hidden">drag over a chart, hold Shift with ← →, or </span>type the times
        </>
      }
      actions={
        breach !== null && (
          <Button size="small" onClick={() => onParams(paramsOfSpan(breach))}>
            Where the limit was broken
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-3">
        <SpanForm
          key={span === null ? "none" : `${span.fromMs}-${span.toMs}`}
          span={span}
          onSpan={(chosen) => onParams(chosen === null ? { spanFrom: null, spanTo: null } : paramsOfSpan(chosen))}
        />
        {span !== null && (
          <QueryState query={query} name="What differs">
            {(differs) => <Answer differs={differs} />}
          </QueryState>
        )}
      </div>
    </Card>
  );
}

/** The same answer for the whole range of the comparison, in its sentence. */
export function WholeDifference({ compare }: { compare: Compare }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({
    ...trpc.compare.differs.queryOptions(comparisonInput(compare, compare.range)),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  return query.data === undefined ? null : <p className="pb-3 text-md font-medium">{query.data.sentence}</p>;
}

function SpanForm(props: { span: ChartSpan | null; onSpan: (span: ChartSpan | null) => void }): ReactNode {
  const { span, onSpan } = props;
  const nowMs = useNow(60_000);
  const written = (atMs: number | undefined): string =>
    atMs === undefined ? "" : formatUtcShort(atMs, nowMs, "second");
  const [from, setFrom] = useState(written(span?.fromMs));
  const [to, setTo] = useState(written(span?.toMs));
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (): void => {
    const [fromMs, toMs] = [parseMoment(from.trim(), nowMs), parseMoment(to.trim(), nowMs)];
    const isSpan = fromMs !== undefined && toMs !== undefined && fromMs < toMs;
    setProblem(isSpan ? null : "Two times are needed, the earlier first: 03:45, 03:45:30 or 12 Apr 03:45, in UTC");
    if (isSpan) onSpan({ fromMs, toMs });
  };
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField
        label="From (UTC)"
        className="max-sm:basis-full"
        value={from}
        onChange={(event) => setFrom(event.target.value)}
        autoComplete="off"
      />
      <TextField
        label="To (UTC)"
        className="max-sm:basis-full"
        value={to}
        onChange={(event) => setTo(event.target.value)}
        autoComplete="off"
      />
      <Button type="submit">Show what differs</Button>
      {span !== null && (
        <Button kind="ghost" onClick={() => onSpan(null)}>
          Clear
        </Button>
      )}
      {problem !== null && (
        <p role="alert" className="basis-full text-sm text-breach-fg">
          {problem}
        </p>
      )}
    </form>
  );
}

function Answer({ differs }: { differs: CompareDiffers }): ReactNode {
  const { range, requests, controlRequests, candidate, control, segments } = differs;
  return (
    <div className="flex flex-col gap-2">
      <output className="text-md font-medium">{differs.sentence}</output>
      <p className="text-sm text-muted">
        <Time at={range.from} precision="second" short /> to <Time at={range.to} precision="second" short />:{" "}
        {formatCount(requests)} requests of {candidate.releaseId.slice(0, SHORT_ID_LENGTH)}
        {control !== null &&
          `, ${formatCount(controlRequests)} of ${control.releaseId.slice(0, SHORT_ID_LENGTH)} at the same time`}
        . False discoveries over all segments are held at 5 %.{" "}
        <Link href={differs.href} className="quiet-link">
          Its requests
        </Link>
      </p>
      {segments.length > 0 && <SegmentHarm segments={segments.slice(0, SEGMENTS)} />}
    </div>
  );
}
