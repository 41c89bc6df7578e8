/**
 * What a replayed policy was worth on rollouts whose end is known: what it would have caught and how soon, what it would
 * have missed, and whom it would have stopped for nothing.
 */
import { z } from "zod";
import { countWords } from "@/server/domain/words/count-words";

/**
 * What is known of a rollout now. `bad`: it was rolled back, or its candidate was marked bad later. `good`: it was promoted
 * and nobody has taken it back. `unknown`: it lives, or people ended it for reasons of their own.
 */
export const ROLLOUT_TRUTHS = ["bad", "good", "unknown"] as const;
export type RolloutTruth = (typeof ROLLOUT_TRUTHS)[number];

/** How a replay compares with what is known. */
export const REPLAY_OUTCOMES = [
  "caught",
  "missed",
  "false_rollback",
  "false_pause",
  "quiet",
  "acted",
  "no_data",
  "unfinished",
] as const;
export type ReplayOutcome = (typeof REPLAY_OUTCOMES)[number];

export interface ReplayedRollout {
  readonly truth: RolloutTruth;
  /** When the trouble began, epoch ms: the first bad window; null where nobody knows. */
  readonly onsetMs: number | null;
  readonly startedMs: number;
  readonly firstRollbackMs: number | null;
  readonly firstPauseMs: number | null;
  readonly evaluations: number;
  /** Whether it came to the end: until then, what it did not do means nothing. */
  readonly complete: boolean;
}

/** From the API's answer, whose times are text. */
export function replayedRollout(view: {
  readonly truth: RolloutTruth;
  readonly onsetAt: string | null;
  readonly startedAt: string;
  readonly firstRollbackAt: string | null;
  readonly firstPauseAt: string | null;
  readonly evaluations: number;
  readonly complete: boolean;
}): ReplayedRollout {
  const ms = (at: string | null): number | null => (at === null ? null : Date.parse(at));
  return {
    truth: view.truth,
    onsetMs: ms(view.onsetAt),
    startedMs: Date.parse(view.startedAt),
    firstRollbackMs: ms(view.firstRollbackAt),
    firstPauseMs: ms(view.firstPauseAt),
    evaluations: view.evaluations,
    complete: view.complete,
  };
}

/** A pause is enough to have caught a bad release: it stops its way and asks a person. */
export function outcomeOf(replay: ReplayedRollout): ReplayOutcome {
  if (replay.evaluations === 0) return "no_data";
  const stopped = firstActionMs(replay) !== null;
  if (!stopped && !replay.complete) return "unfinished";
  switch (replay.truth) {
    case "bad":
      return stopped ? "caught" : "missed";
    case "good":
      if (replay.firstRollbackMs !== null) return "false_rollback";
      return stopped ? "false_pause" : "quiet";
    case "unknown":
      return stopped ? "acted" : "quiet";
  }
}

/** From the onset, else from the start, to the first rollback or pause; null when there was none. Never below 0. */
export function detectionMs(replay: ReplayedRollout): number | null {
  const actedMs = firstActionMs(replay);
  return actedMs === null ? null : Math.max(0, actedMs - (replay.onsetMs ?? replay.startedMs));
}

function firstActionMs({ firstRollbackMs, firstPauseMs }: ReplayedRollout): number | null {
  if (firstRollbackMs === null || firstPauseMs === null) return firstRollbackMs ?? firstPauseMs;
  return Math.min(firstRollbackMs, firstPauseMs);
}

/** One policy over several rollouts. */
export const ReplayScore = z.object({
  rollouts: z.number().int(),
  bad: z.number().int(),
  caught: z.number().int(),
  missed: z.number().int(),
  good: z.number().int(),
  falseRollbacks: z.number().int(),
  falsePauses: z.number().int(),
  /** Rollouts without anything to judge: their data is gone, or never came. */
  noData: z.number().int(),
  /** Rollouts whose replay was cut off before it acted. */
  unfinished: z.number().int(),
  /** The middle time to detection of what was caught, ms; null when nothing was. */
  medianDetectionMs: z.number().nullable(),
  sentence: z.string(),
});
export type ReplayScore = z.infer<typeof ReplayScore>;

/** Sums up. The sentence never speaks of a share: there are few rollouts. */
export function scoreReplays(replays: readonly ReplayedRollout[]): ReplayScore {
  const outcomes = replays.map(outcomeOf);
  const count = (wanted: ReplayOutcome): number => outcomes.filter((outcome) => outcome === wanted).length;
  const judged = replays.filter((_, index) => outcomes[index] !== "no_data" && outcomes[index] !== "unfinished");
  const caughtAfter = replays
    .filter((_, index) => outcomes[index] === "caught")
    .flatMap((replay) => detectionMs(replay) ?? [])
    .toSorted((a, b) => a - b);
  const score = {
    rollouts: replays.length,
    bad: judged.filter(({ truth }) => truth === "bad").length,
    caught: count("caught"),
    missed: count("missed"),
    good: judged.filter(({ truth }) => truth === "good").length,
    falseRollbacks: count("false_rollback"),
    falsePauses: count("false_pause"),
    noData: count("no_data"),
    unfinished: count("unfinished"),
    medianDetectionMs: caughtAfter[Math.floor((caughtAfter.length - 1) / 2)] ?? null,
  };
  return { ...score, sentence: scoreWords(score) };
}

function scoreWords(score: Omit<ReplayScore, "sentence">): string {
  const { bad, caught, good, falseRollbacks, falsePauses, noData, unfinished } = score;
  const parts = [
    ...(bad === 0 ? [] : [`stops ${caught} of ${countWords(bad, "bad rollout")}`]),
    ...(good === 0
      ? []
      : [`rolls back ${falseRollbacks} and pauses ${falsePauses} of ${countWords(good, "good one")}`]),
    ...(noData === 0 ? [] : [`${countWords(noData, "rollout")} without data`]),
    ...(unfinished === 0 ? [] : [`${countWords(unfinished, "rollout")} too long to be replayed whole`]),
  ];
  return parts.length === 0 ? "No rollout whose end is known." : `${parts.join("; ")}.`;
}
