"use client";
/** Practising the rollback: what a rehearsal is, the button that starts one, and how long each took. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useLiveQuery } from "@/components/data/live";
import type { Rehearsals } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatDuration } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Sentence } from "@/components/ui/sentence";
import { EmptyState, Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { incidentPath, rolloutPath } from "@/components/vocabulary/paths";
import { RolloutStateBadge } from "@/components/vocabulary/states";

type Run = Rehearsals["runs"][number];

export function DrillScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.rehearsals.list.queryOptions({ application }), ...useLiveQuery() });
  return (
    <QueryState query={query} name="Rehearsals">
      {(rehearsals) => (
        <div className="flex flex-col gap-4">
          <Sentence tone={rehearsals.live === null ? "neutral" : "info"}>{rehearsals.sentence}</Sentence>
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]">
            <Start rehearsals={rehearsals} />
            <Runs rehearsals={rehearsals} />
          </div>
        </div>
      )}
    </QueryState>
  );
}

/** What happens, and the button; a rehearsal that is under way is gone on with, or started over. */
function Start({ rehearsals }: { rehearsals: Rehearsals }): ReactNode {
  const { application, displayName, live, rehearsal } = rehearsals;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const me = useMe();
  const start = useMutation(
    trpc.rehearsals.start.mutationOptions({
      onSuccess: (started) => router.push(rolloutPath(started.rehearsal, started.rolloutId)),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.rehearsals.pathKey() }),
    }),
  );
  return (
    <Card title="Rehearse the rollback">
      <div className="flex flex-col gap-3">
        <p>
          The rollback that you press at night should be one that you have pressed before. A rehearsal is an application
          of its own, <strong>Rehearsal of {displayName}</strong>, with the same pages, keys and buttons.
        </p>
        <ol className="list-decimal space-y-1 pl-5">
          <li>Start it: a canary begins that is broken on purpose, and the clock runs.</li>
          <li>See what is wrong; within a minute its policy pauses it and leaves the decision to you.</li>
          <li>
            Roll production back: the button, or <kbd>Shift+R</kbd>.
          </li>
          <li>Follow the steps until traffic has drained, and find your time here.</li>
        </ol>
        <p className="text-muted">
          No gateway serves its alias and its requests are simulated. Nobody is notified, git is left alone, and no
          figure counts it; the audit log has all of it.
        </p>
        {start.error !== null && (
          <Notice tone="breach" live>
            {failureOf(start.error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap gap-2">
          {live !== null && (
            <ButtonLink kind="primary" size="control" href={rolloutPath(rehearsal, live.rolloutId)}>
              Go on with it
            </ButtonLink>
          )}
          <Button
            kind={live === null ? "primary" : "plain"}
            size="control"
            className="max-sm:w-full"
            disabledReason={roleReason(me, "on_call")}
            pendingLabel={start.isPending ? "Requesting…" : null}
            onClick={() => start.mutate({ application, startOver: live !== null })}
          >
            {live === null ? "Start a rehearsal" : "Start over"}
          </Button>
        </div>
      </div>
    </Card>
  );
}

const WHEN: Column<Run> = {
  key: "started",
  header: "Started",
  lead: true,
  cell: (run) => <Time at={run.startedAt} short relative />,
};

function columnsOf(rehearsal: string): Column<Run>[] {
  return [
    WHEN,
    { key: "by", header: "By", cell: (run) => run.startedBy },
    {
      key: "outcome",
      header: "Outcome",
      cell: (run) => (
        <Link href={rolloutPath(rehearsal, run.rolloutId)} data-row-link="">
          <RolloutStateBadge state={run.state} quiet />
        </Link>
      ),
    },
    {
      key: "took",
      header: "Until the rollback",
      align: "right",
      sortBy: (run) => run.rolledBack?.tookMs ?? null,
      cell: ({ rolledBack }) =>
        rolledBack === null ? (
          <span className="text-muted">—</span>
        ) : (
          <span className="font-semibold">{formatDuration(rolledBack.tookMs)}</span>
        ),
    },
    { key: "who", header: "Rolled back by", cell: ({ rolledBack }) => rolledBack?.by.label ?? "—" },
    {
      key: "incident",
      header: "What followed",
      cell: ({ rolledBack }) =>
        rolledBack?.incidentId == null ? (
          <span className="text-muted">—</span>
        ) : (
          <Link href={incidentPath(rehearsal, rolledBack.incidentId)} className="quiet-link">
            incident
          </Link>
        ),
    },
  ];
}

function Runs({ rehearsals }: { rehearsals: Rehearsals }): ReactNode {
  return (
    <Card title="Rehearsals" note="from the start to the move of the alias, newest first" flush>
      {rehearsals.runs.length === 0 ? (
        <EmptyState title="None has ended yet">Its time is written here when somebody has rolled it back.</EmptyState>
      ) : (
        <ScrollArea label="Rehearsals, newest first">
          <Table
            caption="Rehearsals, newest first"
            columns={columnsOf(rehearsals.rehearsal)}
            rows={rehearsals.runs}
            rowKey={(run) => run.rolloutId}
          />
        </ScrollArea>
      )}
    </Card>
  );
}
