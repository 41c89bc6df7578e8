"use client";
/** A shadow against the very requests that it copies: differences within each pair, then the pairs that differ worst. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { Compare, ShadowPairs } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { classNames } from "@/components/ui/class-names";
import {
  formatAbsoluteDifference,
  formatCount,
  formatInterval,
  formatValue,
  NO_CLEAR_CHANGE,
  NOT_APPLICABLE,
} from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { EmptyState, Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { displayUnit } from "@/components/vocabulary/metric-display";
import { requestPath } from "@/components/vocabulary/paths";
import { comparisonInput } from "./comparison-input";

type Row = ShadowPairs["rows"][number];
type Worst = ShadowPairs["worst"][number];
type Enclosed = Row["mean"];

export function PairsTab({ compare }: { compare: Compare }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({
    ...trpc.compare.pairs.queryOptions(comparisonInput(compare, compare.range)),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  return (
    <QueryState query={query} name="Pairs">
      {(pairs) => <Pairs pairs={pairs} />}
    </QueryState>
  );
}

function Pairs({ pairs }: { pairs: ShadowPairs }): ReactNode {
  const { application, sentence, notes, rows, worst } = pairs;
  return (
    <div className="flex flex-col gap-4">
      <h2 className="text-lg font-semibold">{sentence}</h2>
      {notes.map((note) => (
        <Notice key={note} tone="neutral">
          {note}
        </Notice>
      ))}
      {rows.length === 0 ? (
        <EmptyState title="No pairs to compare">
          A pair is a shadow request and the request that it copies: send <code>switchback.shadow_of</code> with the id
          of the request.
        </EmptyState>
      ) : (
        <>
          <ScrollArea label="Differences within pairs" className="rounded-md border border-hairline">
            <Table
              caption="Shadow minus original, within each pair"
              columns={ROW_COLUMNS}
              rows={rows}
              rowKey={({ key }) => key}
            />
          </ScrollArea>
          <section className="flex flex-col gap-2">
            <h2 className="text-md font-semibold">Where the shadow did worst</h2>
            {worst.length === 0 ? (
              <p className="text-muted">In no pair is the shadow worse in anything.</p>
            ) : (
              <ScrollArea label="The worst pairs" className="rounded-md border border-hairline">
                <Table
                  caption="The worst pairs, the worst first"
                  columns={worstColumns(application)}
                  rows={worst}
                  rowKey={({ shadowId, originalId }) => `${shadowId} ${originalId}`}
                />
              </ScrollArea>
            )}
          </section>
        </>
      )}
    </div>
  );
}

/** A measure is known by its key, as in `displayUnit`: sums of money are not per request. */
function unitOf({ key, unit }: Pick<Row, "key" | "unit">): string {
  return displayUnit(key, unit);
}

function Difference({ enclosed, row }: { enclosed: Enclosed | null; row: Row }): ReactNode {
  if (enclosed === null) return <span className="text-muted">{NOT_APPLICABLE}</span>;
  const unit = unitOf(row);
  const { value, lower, upper } = enclosed;
  return (
    <span className="whitespace-nowrap">
      {formatAbsoluteDifference(value, unit)}{" "}
      <span className="text-sm text-muted">{formatInterval({ lower, upper }, unit)}</span>
    </span>
  );
}

/** Coloured only where the interval excludes zero, and in words. */
function Says({ row }: { row: Row }): ReactNode {
  if (!row.clear) return <span className="text-muted">{NO_CLEAR_CHANGE}</span>;
  const isWorse = row.mean.value > 0 === row.higherIsWorse;
  return (
    <span className={classNames("font-medium", isWorse ? "text-breach-fg" : "text-ok-fg")}>
      {isWorse ? "worse" : "better"}
    </span>
  );
}

const ROW_COLUMNS: readonly Column<Row>[] = [
  { key: "label", header: "Measure", lead: true, cell: ({ label }) => <span className="font-medium">{label}</span> },
  { key: "count", header: "Pairs", align: "right", cell: ({ count }) => formatCount(count) },
  {
    key: "median",
    header: "Median difference",
    align: "right",
    cell: (row) => <Difference enclosed={row.median} row={row} />,
  },
  {
    key: "mean",
    header: "Mean difference",
    align: "right",
    cell: (row) => <Difference enclosed={row.mean} row={row} />,
  },
  {
    key: "wins",
    header: "Better / equal / worse",
    align: "right",
    cell: ({ better, equal, worse }) => (
      <span className="whitespace-nowrap">
        {formatCount(better)} / {formatCount(equal)} / {formatCount(worse)}
      </span>
    ),
  },
  { key: "says", header: "The shadow is", cell: (row) => <Says row={row} /> },
];

function worstColumns(application: string): Column<Worst>[] {
  return [
    {
      key: "shadow",
      header: "Shadow",
      lead: true,
      cell: ({ shadowId }) => <RequestLink application={application} id={shadowId} />,
    },
    {
      key: "original",
      header: "Original",
      cell: ({ originalId }) => <RequestLink application={application} id={originalId} />,
    },
    {
      key: "differences",
      header: "Original → shadow",
      cell: ({ differences }) => (
        <ul>
          {differences.slice(0, 3).map((difference) => (
            <li key={difference.key}>
              {difference.label.replace(/ rate$/, "")}: {sideOf(difference, difference.original)} →{" "}
              <span className="font-medium">{sideOf(difference, difference.shadow)}</span>
            </li>
          ))}
        </ul>
      ),
    },
    { key: "at", header: "Time", cell: ({ at }) => <Time at={at} precision="second" short /> },
  ];
}

/** In one request an event happened or did not: its rate would be 0 % or 100 %. */
function sideOf(difference: Worst["differences"][number], value: number): string {
  if (difference.key.startsWith("event:")) return value === 1 ? "yes" : "no";
  return formatValue(value, unitOf(difference));
}

/** Ids of requests are long: as much as tells them apart, the whole for a screen reader and on hover. */
function RequestLink({ application, id }: { application: string; id: string }): ReactNode {
  return (
    <Link
      href={requestPath(application, id)}
      className="quiet-link inline-block max-w-48 truncate align-bottom"
      title={id}
    >
      {id}
    </Link>
  );
}
