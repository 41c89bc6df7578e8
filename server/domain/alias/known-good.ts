/** Where a rollback goes: the last release that was good. Decides only; whoever moves the alias checks it again. */
import type { ReleaseId } from "@/server/domain/ids";
import { isEnded } from "@/server/domain/rollout/state-machine";
import type { AliasMoveCause, RolloutState } from "@/server/domain/vocabulary";
import type { AliasMove } from "./alias-move";
import { inOrder } from "./alias-move";

/** A rollout of this alias, as far as its candidate's standing depends on it. */
export interface CandidateRollout {
  readonly candidate: ReleaseId;
  readonly state: RolloutState;
  /** When it ended; absent while it runs. */
  readonly endedAtMs?: number;
}

/** A rollback marked the release bad at this instant. */
export interface BadMark {
  readonly releaseId: ReleaseId;
  readonly atMs: number;
}

/** What a person, a pipeline or git decided; a break-glass move or a rollback proves nothing about its target. */
const DELIBERATE: ReadonlySet<AliasMoveCause> = new Set(["promotion", "manual", "reconcile", "registry_sync"]);

/**
 * The newest release that the alias pointed at before `current` whose rollout ended `promoted` and that no rollback has
 * marked bad since that promotion.
 *
 * A release that never had a rollout counts as well, unless it was ever marked bad, if it was the alias' first target or
 * was put there deliberately (`manual`, `promotion`, `reconcile`, `registry_sync`): otherwise a new installation, or one
 * that git or a registry drives, could never roll back. A release whose rollouts all ended otherwise does not count.
 *
 * @returns undefined when there is none: then a person must name the target.
 */
export function knownGood(
  moves: readonly AliasMove[],
  rollouts: readonly CandidateRollout[],
  badMarks: readonly BadMark[],
  current: ReleaseId,
): ReleaseId | undefined {
  const history = inOrder(moves);
  const newestCurrent = history.findLastIndex((move) => move.toReleaseId === current);
  const before = newestCurrent === -1 ? history : history.slice(0, newestCurrent);
  return before.findLast((move) => {
    if (move.toReleaseId === current) return false;
    // A rollout that still runs has proven nothing yet, neither for its candidate nor against it.
    const own = rollouts.filter((rollout) => rollout.candidate === move.toReleaseId && isEnded(rollout.state));
    const marks = badMarks.filter((mark) => mark.releaseId === move.toReleaseId);
    if (own.length === 0) {
      return (move === history[0] || DELIBERATE.has(move.cause)) && marks.length === 0;
    }
    const promotedAtMs = Math.max(...own.filter(wasPromoted).map((rollout) => rollout.endedAtMs ?? -Infinity));
    return promotedAtMs > -Infinity && marks.every((mark) => mark.atMs < promotedAtMs);
  })?.toReleaseId;
}

function wasPromoted(rollout: CandidateRollout): boolean {
  return rollout.state === "promoted";
}
