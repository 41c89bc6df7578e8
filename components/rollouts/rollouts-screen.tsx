"use client";
/** All rollouts of an application; those that wait for a person first. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { RolloutSummary } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { formatSignificant } from "@/components/ui/format";
import { EmptyState } from "@/components/ui/states";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { rolloutPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";
import { DecisionBadge, isLive, RolloutStateBadge } from "@/components/vocabulary/states";

const PAGE_ROWS = 50;

export function RolloutsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.rollouts.list.queryOptions({ application, limit: PAGE_ROWS, ...at })),
    ...useLiveQuery(),
  });
  const live = useQuery({ ...trpc.overview.get.queryOptions({ application }), ...useLiveQuery() }).data?.rollouts;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <h1 className="text-xl font-semibold">Rollouts</h1>
        {live !== undefined && <p className="text-md">{liveSentence(live.map(({ rollout }) => rollout))}</p>}
      </div>
      <PagedList
        query={query}
        name="Rollouts"
        hold={{ list: application, keyOf: ({ id }) => id }}
        empty={<NoRollouts application={application} />}
      >
        {(rows) => <RolloutTable rows={waitingFirst(rows)} />}
      </PagedList>
    </div>
  );
}

/** `2 rollouts are under way; 1 of them waits for a person.` */
export function liveSentence(live: readonly Pick<RolloutSummary, "state">[]): string {
  const waiting = live.filter(({ state }) => state === "paused").length;
  if (live.length === 0) return "No rollout is under way.";
  const count = live.length === 1 ? "1 rollout is under way" : `${live.length} rollouts are under way`;
  if (waiting === 0) return `${count}; none waits for a person.`;
  if (waiting === live.length) return `${count}; ${waiting === 1 ? "it waits" : "all of them wait"} for a person.`;
  return `${count}; ${waiting} of them ${waiting === 1 ? "waits" : "wait"} for a person.`;
}

/** Paused ones first, then the running, then the ended; within each the given order. */
function waitingFirst(rows: readonly RolloutSummary[]): RolloutSummary[] {
  const rank = (row: RolloutSummary): number => (row.state === "paused" ? 0 : isLive(row.state) ? 1 : 2);
  return rows.toSorted((left, right) => rank(left) - rank(right));
}

function NoRollouts({ application }: { application: string }): ReactNode {
  return (
    <EmptyState
      title="Nothing has been rolled out"
      command={`switchback rollout start --application ${application} --alias production --candidate RELEASE_ID`}
    >
      A rollout takes a candidate to an alias step by step, under a policy that stops it when the evidence says so.
    </EmptyState>
  );
}

function RolloutTable({ rows }: { rows: readonly RolloutSummary[] }): ReactNode {
  const columns: Column<RolloutSummary>[] = [
    {
      key: "candidate",
      header: "Candidate → alias",
      lead: true,
      cell: (row) => (
        <Link href={rolloutPath(row.application, row.id)} data-row-link="" className="quiet-link">
          <span className="font-mono">{row.candidate.releaseId.slice(0, SHORT_ID_LENGTH)}</span> → {row.alias}
        </Link>
      ),
    },
    { key: "state", header: "State", cell: (row) => <RolloutStateBadge state={row.state} quiet /> },
    {
      key: "step",
      header: "Step",
      cell: (row) => `${row.step.index + 1} of ${row.step.count}, ${formatSignificant(row.step.percentage)}\u00a0%`,
    },
    { key: "decision", header: "Decision", cell: (row) => <DecisionBadge decision={row.decision} quiet /> },
    {
      key: "sentence",
      header: "Says",
      wideOnly: true,
      cell: (row) => <span className="text-muted">{row.sentence}</span>,
    },
    {
      key: "control",
      header: "Control",
      wideOnly: true,
      cell: (row) =>
        row.control === null ? (
          <span className="text-muted">—</span>
        ) : (
          <ReleaseId application={row.application} releaseId={row.control.releaseId} />
        ),
    },
    { key: "started", header: "Started", cell: (row) => <Time at={row.startedAt} short relative /> },
    { key: "by", header: "By", cell: (row) => row.startedBy.label },
  ];
  return (
    <ScrollArea label="Rollouts" className="rounded-md border border-hairline">
      <Table caption="Rollouts" columns={columns} rows={rows} rowKey={(row) => row.id} />
    </ScrollArea>
  );
}
