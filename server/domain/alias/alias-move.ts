/** A move of an alias and the questions its history answers. Moves are never changed; time is what orders them. */
import type { ReleaseId, RolloutId } from "@/server/domain/ids";
import type { AliasMoveCause } from "@/server/domain/vocabulary";

/** One row of an alias' history, as far as the rules need it. */
export interface AliasMove {
  /** Absent for the alias' first target. */
  readonly fromReleaseId?: ReleaseId;
  readonly toReleaseId: ReleaseId;
  readonly atMs: number;
  readonly cause: AliasMoveCause;
  /** The rollout that promoted or rolled back, where one did. */
  readonly rolloutId?: RolloutId;
}

/** The release the alias pointed at, at an instant; a move counts from its own millisecond on. Moves in any order. */
export function aliasAt(moves: readonly AliasMove[], timeMs: number): ReleaseId | undefined {
  return inOrder(moves).findLast((move) => move.atMs <= timeMs)?.toReleaseId;
}

/** The moves, oldest first; those of one millisecond stay in the order given. */
export function inOrder(moves: readonly AliasMove[]): AliasMove[] {
  return moves.toSorted((a, b) => a.atMs - b.atMs);
}
