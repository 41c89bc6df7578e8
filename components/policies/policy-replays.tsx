"use client";
/** A draft replayed over past rollouts, side by side with the version in force and with what really happened. */
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { formatDuration } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { rolloutPath } from "@/components/vocabulary/paths";
import { RolloutStateBadge } from "@/components/vocabulary/states";
import type { PolicyReplay } from "@/components/data/outputs";
import { replayedRollout, scoreReplays, type ReplayScore } from "@/server/domain/policy/replay-outcome";
import type { TrialProps } from "./policy-trial";
import { useReplays, type ReplayRow, type ReplayRun } from "./use-replays";

const LAST = ["5", "10", "20"];

export function PolicyReplays(props: TrialProps & { invalidReason: string | null }): ReactNode {
  const { application, name, text, inForceVersion, rolloutId, invalidReason } = props;
  const { run, start, stop } = useReplays();
  const [which, setWhich] = useState(rolloutId ?? LAST[0] ?? "5");
  const options = [
    ...(rolloutId === null ? [] : [{ value: rolloutId, label: "the rollout you came from" }]),
    ...LAST.map((count) => ({ value: count, label: `the last ${count} rollouts` })),
  ];
  const isRunning = run.status === "running";
  return (
    <Card title="Replay" note="what it would have done, beside what happened and what the version in force says">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-end gap-3">
          <SelectField label="On" options={options} value={which} onValueChange={setWhich} />
          <Button
            disabledReason={isRunning ? null : invalidReason}
            pendingLabel={isRunning ? progressOf(run) : null}
            onClick={() => {
              const rollouts = which === rolloutId ? { id: which } : { last: Number(which) };
              start({ application, name, text, inForceVersion, rollouts });
            }}
          >
            Replay
          </Button>
          {isRunning && (
            <Button kind="ghost" onClick={stop}>
              Stop
            </Button>
          )}
        </div>
        <div aria-live="polite" className="flex flex-col gap-3">
          <Results run={run} />
        </div>
      </div>
    </Card>
  );
}

function progressOf({ rows, total }: ReplayRun): string {
  return total === 0 ? "Replaying…" : `Replaying ${Math.min(rows.length + 1, total)} of ${total}…`;
}

function Results({ run }: { run: ReplayRun }): ReactNode {
  const { rows, total, status, detail } = run;
  return (
    <>
      {status === "failed" && <Notice tone="breach">{detail}</Notice>}
      {status === "stopped" && <Notice tone="neutral">{`Stopped after ${rows.length} of ${total} rollouts.`}</Notice>}
      {status === "done" && total === 0 && <p className="text-muted">Nothing has been rolled out yet.</p>}
      {rows.length > 0 && <Scores rows={rows} />}
      {rows.length > 0 && <ReplayTable rows={rows} />}
    </>
  );
}

function Scores({ rows }: { rows: readonly ReplayRow[] }): ReactNode {
  const draft = scoreOf(rows.map((row) => row.draft));
  const inForce = scoreOf(rows.flatMap((row) => row.inForce ?? []));
  return (
    <ul className="flex flex-col gap-1">
      <li>
        <strong className="font-semibold">This draft</strong> {draft.sentence}
        {draft.medianDetectionMs !== null && ` Middle time to detection ${formatDuration(draft.medianDetectionMs)}.`}
      </li>
      {inForce.rollouts > 0 && (
        <li className="text-muted">
          <strong className="font-semibold">In force</strong> {inForce.sentence}
          {inForce.medianDetectionMs !== null &&
            ` Middle time to detection ${formatDuration(inForce.medianDetectionMs)}.`}
        </li>
      )}
    </ul>
  );
}

function scoreOf(replays: readonly PolicyReplay[]): ReplayScore {
  return scoreReplays(replays.map(replayedRollout));
}

const OUTCOMES: Readonly<Record<PolicyReplay["outcome"], { status: Status; word: string }>> = {
  caught: { status: "pass", word: "Stops it" },
  missed: { status: "breach", word: "Misses it" },
  false_rollback: { status: "breach", word: "False rollback" },
  false_pause: { status: "review", word: "False pause" },
  quiet: { status: "pass", word: "Lets it go on" },
  acted: { status: "review", word: "Stops it" },
  no_data: { status: "no_data", word: "No data" },
  unfinished: { status: "collecting", word: "Not finished" },
};

function Outcome({ replay }: { replay: PolicyReplay }): ReactNode {
  const { status, word } = OUTCOMES[replay.outcome];
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <StatusBadge status={status} quiet>
        {word}
      </StatusBadge>
      <Acted replay={replay} rollbackAt={replay.firstRollbackAt} pauseAt={replay.firstPauseAt} />
      {!replay.complete && (
        <span className="text-sm text-muted">
          replayed to <Time at={replay.replayedTo} short />
        </span>
      )}
    </span>
  );
}

function ReplayTable({ rows }: { rows: readonly ReplayRow[] }): ReactNode {
  const columns: Column<ReplayRow>[] = [
    {
      key: "rollout",
      header: "Rollout",
      lead: true,
      cell: ({ draft }) => (
        <Link href={rolloutPath(draft.application, draft.rolloutId)} className="quiet-link">
          <span className="font-mono">{draft.candidate.releaseId.slice(0, 7)}</span> → {draft.alias}
        </Link>
      ),
    },
    { key: "started", header: "Started", cell: ({ draft }) => <Time at={draft.startedAt} short relative /> },
    { key: "happened", header: "Happened", cell: ({ draft }) => <Happened replay={draft} /> },
    {
      key: "in-force",
      header: "In force",
      cell: ({ inForce }) => (inForce === null ? <span className="text-muted">—</span> : <Outcome replay={inForce} />),
    },
    { key: "draft", header: "This draft", cell: ({ draft }) => <Outcome replay={draft} /> },
    {
      key: "because",
      header: "Because",
      wideOnly: true,
      cell: ({ draft }) => <span className="text-muted">{draft.because ?? "no limit was broken"}</span>,
    },
  ];
  return (
    <ScrollArea label="Replay" className="rounded-md border border-hairline">
      <Table caption="Replay" columns={columns} rows={rows} rowKey={({ draft }) => draft.rolloutId} />
    </ScrollArea>
  );
}

/** What the controller did by itself. */
function Happened({ replay }: { replay: PolicyReplay }): ReactNode {
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <RolloutStateBadge state={replay.state} quiet />
      <Acted replay={replay} {...replay.happened} />
    </span>
  );
}

/** `pause after 30 s, rollback after 1 min`: from the onset where one is known, else from the start. */
function Acted(props: { replay: PolicyReplay; rollbackAt: string | null; pauseAt: string | null }): ReactNode {
  const { replay, rollbackAt, pauseAt } = props;
  const sinceMs = Date.parse(replay.onsetAt ?? replay.startedAt);
  const after = (word: string, at: string | null): string[] =>
    at === null ? [] : [`${word} after ${formatDuration(Math.max(0, Date.parse(at) - sinceMs))}`];
  const isPauseFirst = pauseAt !== null && (rollbackAt === null || Date.parse(pauseAt) < Date.parse(rollbackAt));
  const words = [...(isPauseFirst ? after("pause", pauseAt) : []), ...after("rollback", rollbackAt)];
  return words.length === 0 ? null : <span className="text-sm text-muted">{words.join(", ")}</span>;
}
