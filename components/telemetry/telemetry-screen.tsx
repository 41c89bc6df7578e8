"use client";
/** How fit the telemetry is to decide on: each figure with its limit, what follows from it, and who sends it. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { TelemetryHealth } from "@/components/data/outputs";
import { QueryState, useServerTimeOf } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { formatCount, formatDuration, formatShare } from "@/components/ui/format";
import { useFreshness } from "@/components/ui/freshness";
import { ScrollArea } from "@/components/ui/scroll-area";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { FreshSentence } from "@/components/vocabulary/fresh-sentence";
import { sectionPath } from "@/components/vocabulary/paths";
import { OwnKeys } from "./own-keys";

type Figure = TelemetryHealth["figures"][number];
type Sender = TelemetryHealth["senders"][number];

export function TelemetryScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.intake.health.queryOptions({ application }), ...useLiveQuery() });
  useServerTimeOf(query.data?.freshness.asOf);
  return (
    <QueryState query={query} name="Telemetry">
      {(health) => <Content health={health} />}
    </QueryState>
  );
}

function Content({ health }: { health: TelemetryHealth }): ReactNode {
  const freshness = useFreshness(health.freshness);
  const isStale = freshness === "stale" || freshness === "unreachable";
  const { requests, sampled, range } = health;
  const note =
    requests > sampled
      ? `the newest ${formatCount(sampled)} of ${formatCount(requests)} requests`
      : `${formatCount(requests)} requests`;
  return (
    <div className="flex flex-col gap-4">
      <FreshSentence
        tone={health.tone}
        freshness={health.freshness}
        note={
          <Link href={sectionPath(health.application, "doctor")} className="quiet-link">
            See what becomes of a payload
          </Link>
        }
      >
        {health.sentence}
      </FreshSentence>
      <Card
        title="Figures"
        note={
          <>
            {note}, since <Time at={range.from} short />
          </>
        }
        flush
      >
        <ScrollArea label="Figures of telemetry health, the worst first">
          <Table
            caption="Figures of telemetry health, the worst first"
            columns={figureColumns(isStale)}
            rows={health.figures}
            rowKey={({ id, about }) => `${id} ${about ?? ""}`}
          />
        </ScrollArea>
      </Card>
      <Card title="Who sends" note="by the conventions that they write" flush>
        <Senders senders={health.senders} />
      </Card>
      <OwnKeys application={health.application} keys={health.telemetryKeys} />
    </div>
  );
}

const STATES: Readonly<Record<Figure["state"], { status: Status; word: string }>> = {
  ok: { status: "pass", word: "Fine" },
  watch: { status: "review", word: "Look at it" },
  bad: { status: "breach", word: "Blocks" },
  unknown: { status: "no_data", word: "No data" },
};

function valueOf({ value, unit }: Pick<Figure, "value" | "unit">): string {
  return unit === "ms" && value !== null ? formatDuration(value) : formatShare(value);
}

/** `above 1 %; from 10 % it blocks promotion`. */
function limitOf({ watchAt, badAt, unit, blocks }: Figure): string {
  const watch = watchAt === null ? "" : watchAt === 0 ? "any" : `from ${valueOf({ value: watchAt, unit })}`;
  const bad = badAt === null || blocks === null ? "" : `from ${valueOf({ value: badAt, unit })} blocks ${blocks}`;
  const words = [watch, bad].filter((part) => part !== "").join("; ");
  return words === "" ? (blocks === null ? "—" : `blocks ${blocks}`) : words;
}

function figureColumns(isStale: boolean): Column<Figure>[] {
  return [
    {
      key: "label",
      header: "Figure",
      lead: true,
      cell: ({ label, about }) => (
        <span className="block min-w-52">
          <span className="font-medium">{label}</span>
          {about !== null && <span className="block text-sm text-muted">{about}</span>}
        </span>
      ),
    },
    {
      key: "value",
      header: "Value",
      align: "right",
      cell: (figure) => (
        <span className="whitespace-nowrap">
          {valueOf(figure)}{" "}
          {figure.unit === "ratio" && <span className="text-sm text-muted">n={formatCount(figure.count)}</span>}
        </span>
      ),
    },
    { key: "limit", header: "Limit", cell: (figure) => <span className="text-sm text-muted">{limitOf(figure)}</span> },
    {
      key: "state",
      header: "State",
      cell: ({ state }) => {
        // On data that has stopped nothing is fine.
        const { status, word } = STATES[isStale && state === "ok" ? "unknown" : state];
        return (
          <StatusBadge status={status} quiet>
            {word}
          </StatusBadge>
        );
      },
    },
    {
      key: "words",
      header: "What follows, and what to do",
      cell: ({ state, consequence, remedy }) => (
        <span
          className={`block min-w-64 max-w-xl ${state === "ok" || state === "unknown" ? "text-sm text-muted" : ""}`}
        >
          {consequence} <span className="text-muted">{remedy}</span>
        </span>
      ),
    },
  ];
}

const SENDER_COLUMNS: readonly Column<Sender>[] = [
  { key: "name", header: "Sender", lead: true, cell: ({ name }) => <span className="font-medium">{name}</span> },
  { key: "count", header: "Requests", align: "right", cell: ({ count }) => formatCount(count) },
  {
    key: "release",
    header: "Without release id",
    align: "right",
    cell: ({ releaseMissing }) => formatShare(releaseMissing),
  },
  {
    key: "ahead",
    header: "Clock ahead",
    align: "right",
    cell: ({ clockAhead, mostAheadMs }) =>
      clockAhead === 0 ? formatShare(0) : `${formatShare(clockAhead)}, up to ${formatDuration(mostAheadMs)}`,
  },
  {
    key: "ttft",
    header: "Impossible TTFT",
    align: "right",
    cell: ({ ttftImpossible }) => formatShare(ttftImpossible),
  },
  { key: "newest", header: "Newest", cell: ({ newestAt }) => <Time at={newestAt} precision="second" short relative /> },
];

function Senders({ senders }: { senders: readonly Sender[] }): ReactNode {
  if (senders.length === 0) {
    return (
      <EmptyState title="Nobody sent anything in this hour">
        Point an OpenTelemetry exporter at the intake, or send requests to <code>/api/v1/requests</code>.
      </EmptyState>
    );
  }
  return (
    <ScrollArea label="Who sends telemetry">
      <Table caption="Who sends telemetry" columns={SENDER_COLUMNS} rows={senders} rowKey={({ name }) => name} />
    </ScrollArea>
  );
}
