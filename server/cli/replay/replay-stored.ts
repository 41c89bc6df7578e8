/** A replay over rollouts that the server has: it evaluates its own stored data, here it is asked for and put together. */
import type { z } from "zod";
import { UsageError } from "@/server/cli/exit-code";
import type { Client } from "@/server/cli/client";
import type { Run } from "@/server/cli/session";
import { table } from "@/server/cli/table";
import { formatDuration } from "@/server/domain/policy/duration";
import { replayedRollout, scoreReplays } from "@/server/domain/policy/replay-outcome";
import type { PolicyReplayView } from "@/server/read/policy-view";
import { describeChange, describeSummary, type SummaryLine } from "./replay-words";

/** As the server sends them: times are text. */
type Replayed = z.output<typeof PolicyReplayView>;

/** A policy as the server is asked for it: a text, or a stored name and perhaps a version. */
export interface AskedPolicy {
  readonly label: string;
  readonly name: string;
  readonly text?: string;
  readonly version?: number;
}

/** Which rollouts: one, an incident's, or the newest of an application. */
export type WhichRollouts =
  | { readonly rollout: string }
  | { readonly incident: string }
  | { readonly application: string; readonly last: number };

/** The last rollouts that are replayed at most. */
export const MOST_ROLLOUTS = 50;

/** Replays and prints: one rollout change by change, several as a table with a score for each policy. @throws CallFailed */
export async function replayStored(
  run: Run,
  { policies, which }: { policies: readonly AskedPolicy[]; which: WhichRollouts },
): Promise<void> {
  const ids = await rolloutsOf(run.server, which);
  const replays: { label: string; items: Replayed[] }[] = policies.map(({ label }) => ({ label, items: [] }));
  for (const [nth, rolloutId] of ids.entries()) {
    for (const [index, policy] of policies.entries()) {
      const under = policies.length > 1 ? ` under ${policy.label}` : "";
      const what = `the server replays rollout ${nth + 1} of ${ids.length}${under}`;
      replays[index]?.items.push(await run.progress.during(what, ask(run.server, { policy, rolloutId })));
    }
  }
  const [first] = replays;
  if (replays.length === 1 && first !== undefined && !("last" in which)) printOne(run, first.items);
  else printMany(run, replays);
}

async function rolloutsOf(server: Client, which: WhichRollouts): Promise<string[]> {
  if ("rollout" in which) return [which.rollout];
  if ("incident" in which) {
    const path = `/api/v1/incidents/${encodeURIComponent(which.incident)}`;
    const { rolloutId } = await server.call<{ rolloutId: string | null }>({ path });
    if (rolloutId !== null) return [rolloutId];
    throw new UsageError(`incident ${which.incident} belongs to no rollout: there is nothing to replay`);
  }
  const query = { application: which.application, limit: which.last };
  const { items } = await server.call<{ items: { id: string }[] }>({ path: "/api/v1/rollouts", query });
  return items.map(({ id }) => id);
}

function ask(
  server: Client,
  { policy: { name, text, version }, rolloutId }: { policy: AskedPolicy; rolloutId: string },
): Promise<Replayed> {
  const path = `/api/v1/policies/${encodeURIComponent(name)}/replay`;
  return server.call<Replayed>({ method: "POST", path, body: { rolloutId, text, version } });
}

/** As a replay of a file is printed. */
function printOne({ io, json, print }: Run, replays: readonly Replayed[]): void {
  for (const replay of replays) {
    if (!json) io.out(`${replay.happened.sentence}\n`);
    for (const { at, decision, violations } of replay.changes) {
      const line = { time: at, decision, violations };
      print(line, () => describeChange(line));
    }
    const summary = summaryOf(replay);
    print(summary, () => [...describeSummary(summary), ...shortfall(replay)]);
  }
}

function summaryOf({ final, firstRollbackAt, firstPauseAt, evaluations, requests }: Replayed): SummaryLine {
  return { final, firstRollbackAt, firstPauseAt, evaluations, requests };
}

function shortfall({ complete, replayedTo }: Replayed): string[] {
  return complete ? [] : [`replayed until ${replayedTo} only: the rollout is longer than one call may take`];
}

/** One line a rollout with what each policy would have done, then each policy's score. */
function printMany({ print }: Run, replays: readonly { label: string; items: readonly Replayed[] }[]): void {
  const scored = replays.map(({ label, items }) => ({
    policy: label,
    score: scoreReplays(items.map(replayedRollout)),
  }));
  const rollouts = (replays[0]?.items ?? []).map((rollout, index) => ({
    rolloutId: rollout.rolloutId,
    candidate: rollout.candidate.releaseId,
    startedAt: rollout.startedAt,
    state: rollout.state,
    truth: rollout.truth,
    replays: replays.map(({ label, items }) => ({ policy: label, ...brief(items[index]) })),
  }));
  print({ rollouts, scores: scored }, () => [
    ...table(
      ["started", "candidate", "ended", ...replays.map(({ label }) => label)],
      rollouts.map(({ startedAt, candidate, state, replays: each }) => [
        startedAt,
        candidate,
        state,
        ...each.map(
          ({ outcome, detectionMs }) => `${outcome}${detectionMs === null ? "" : ` ${inWords(detectionMs)}`}`,
        ),
      ]),
    ),
    ...scored.map(({ policy, score }) => `${policy}: ${score.sentence}`),
  ]);
}

function brief(replay: Replayed | undefined) {
  return {
    outcome: replay?.outcome ?? "no_data",
    firstRollbackAt: replay?.firstRollbackAt ?? null,
    firstPauseAt: replay?.firstPauseAt ?? null,
    detectionMs: replay?.detectionMs ?? null,
    because: replay?.because ?? null,
  };
}

/** Whole seconds: `after 90s`. */
function inWords(ms: number): string {
  return `after ${formatDuration(Math.round(ms / 1_000) * 1_000)}`;
}
