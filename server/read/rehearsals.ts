/** The rehearsals of an application: which were done, by whom, and how long it took until the rollback. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { isRehearsal, rehearsalOf, rehearsedBy, REHEARSED_ALIAS } from "@/server/domain/rehearsal/rehearsal";
import { Time } from "@/server/domain/time";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { countWords } from "@/server/domain/words/count-words";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";
import { findApplication } from "@/server/store/control/applications";
import { listMovesOfAlias, type AliasMoveRow } from "@/server/store/control/aliases";
import { listRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import { Actor } from "./common-view";
import type { ReadDeps } from "./deps";

const RehearsalRun = z.object({
  rolloutId: z.string(),
  startedAt: Time,
  startedBy: z.string(),
  state: z.enum(ROLLOUT_STATES),
  /** The rollback; null while it is under way, and where nobody rolled back. */
  rolledBack: z
    .object({
      at: Time,
      by: Actor,
      /** From the start of the rehearsal to the alias' move. */
      tookMs: z.number().int(),
      incidentId: z.string().nullable(),
    })
    .nullable(),
});

export const RehearsalsView = z.object({
  /** The application whose people rehearse. */
  application: z.string(),
  displayName: z.string(),
  /** The application to rehearse on; it may not exist yet. */
  rehearsal: z.string(),
  sentence: z.string(),
  /** The one that is under way; null when none is. */
  live: RehearsalRun.nullable(),
  /** Those that ended, newest first, at most twenty. */
  runs: z.array(RehearsalRun),
});
export type RehearsalsView = z.input<typeof RehearsalsView>;

type Run = RehearsalsView["runs"][number];

const RUNS = 20;

/** @param application the application, or its rehearsal: both have one page. @throws DomainError `not_found`. */
export function readRehearsals({ control, nowMs }: ReadDeps, given: { application: string }): RehearsalsView {
  const application = rehearsedBy(given.application);
  const real = findApplication(control, application);
  if (real === undefined) throw notFound("application", application);
  const rehearsal = rehearsalOf(application);
  const moves = listMovesOfAlias(control, { application: rehearsal, alias: REHEARSED_ALIAS });
  const rollbacks = new Map(moves.flatMap((move) => (isRollback(move) ? [[move.rolloutId, move] as const] : [])));
  const rows = listRollouts(control, { application: rehearsal, limit: RUNS + 1 }).items;
  const runs = rows.map((row) => runOf(row, rollbacks.get(row.id)));
  const ended = rows.flatMap((row, at) => (row.endedAtMs === null ? [] : (runs[at] ?? [])));
  const live = runs.find((_, at) => rows[at]?.endedAtMs === null) ?? null;
  return {
    application,
    displayName: real.displayName,
    rehearsal,
    sentence: sentenceOf({ live, ended, nowMs }),
    live,
    runs: ended.slice(0, RUNS),
  };
}

function isRollback(move: AliasMoveRow): boolean {
  return isRehearsal(move.application) && move.cause === "rollback" && move.rolloutId !== null;
}

function runOf(row: RolloutRow, move: AliasMoveRow | undefined): Run {
  return {
    rolloutId: row.id,
    startedAt: row.startedAtMs,
    startedBy: row.startedByName,
    state: row.state,
    rolledBack:
      move === undefined
        ? null
        : { at: move.atMs, by: actorOf(move), tookMs: move.atMs - row.startedAtMs, incidentId: move.incidentId },
  };
}

function sentenceOf({ live, ended, nowMs }: { live: Run | null; ended: readonly Run[]; nowMs: number }): string {
  if (live !== null) {
    return `A rehearsal is under way since ${clockWords(live.startedAt, nowMs)}, started by ${live.startedBy}: its canary is broken, roll it back.`;
  }
  const done = ended.flatMap(({ rolledBack }) => (rolledBack === null ? [] : [rolledBack]));
  const [newest] = done;
  if (newest === undefined) return "Nobody has rehearsed the rollback yet.";
  const fastest = Math.min(...done.map(({ tookMs }) => tookMs));
  const best =
    done.length === 1 ? "" : `; the fastest of ${countWords(done.length, "rehearsal")} took ${tookWords(fastest)}`;
  return `Last rehearsed ${lengthWords(nowMs - newest.at)} ago by ${newest.by.label}: ${tookWords(newest.tookMs)} from the start to the rollback${best}.`;
}

/** `42 s`, `1 min 42 s`: what was measured, to the second. */
function tookWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
