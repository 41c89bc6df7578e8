/** Known good of an alias, now or at an earlier time, from the ledger: the rule itself is the domain's. */
import { knownGood, type BadMark, type CandidateRollout } from "@/server/domain/alias/known-good";
import type { AliasMove } from "@/server/domain/alias/alias-move";
import type { ReleaseId, RolloutId } from "@/server/domain/ids";
import { listMovesOfAlias, listReleaseMarks, type AliasKey } from "@/server/store/control/aliases";
import { listRolloutsOfAlias, type RolloutRow } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";

/**
 * The release to go back to from `current`, as the ledger stood at `atMs` (now, unless given).
 *
 * @returns undefined when nothing is known good.
 */
export function knownGoodOf(
  { control, nowMs }: ReadDeps,
  { application, alias, current, atMs = nowMs }: AliasKey & { current: string; atMs?: number },
): string | undefined {
  const key = { application, alias };
  const moves = listMovesOfAlias(control, key)
    .filter((move) => move.atMs <= atMs)
    .map(toDomainMove);
  const rollouts = listRolloutsOfAlias(control, key).filter((row) => row.startedAtMs <= atMs);
  return knownGood(
    moves,
    rollouts.map((row) => standingAt(row, atMs)),
    badMarksAt(control, { ...key, atMs }),
    asReleaseId(current),
  );
}

// Rows were written by verbs that had parsed the ids; reading does not parse them again.
const asReleaseId = (id: string): ReleaseId => id as ReleaseId;

function toDomainMove(row: {
  fromReleaseId: string | null;
  toReleaseId: string;
  atMs: number;
  cause: AliasMove["cause"];
  rolloutId: string | null;
}): AliasMove {
  return {
    ...(row.fromReleaseId === null ? {} : { fromReleaseId: asReleaseId(row.fromReleaseId) }),
    toReleaseId: asReleaseId(row.toReleaseId),
    atMs: row.atMs,
    cause: row.cause,
    // As above: written by a verb.
    ...(row.rolloutId === null ? {} : { rolloutId: row.rolloutId as RolloutId }),
  };
}

/** A rollout that had not ended at the time had proven nothing then. */
function standingAt(row: RolloutRow, atMs: number): CandidateRollout {
  const candidate = asReleaseId(row.candidateId);
  if (row.endedAtMs === null || row.endedAtMs > atMs) return { candidate, state: "canary" };
  return { candidate, state: row.state, endedAtMs: row.endedAtMs };
}

/** Marks that stood at the time: a person's `cleared` takes the ones before it back. */
function badMarksAt(
  control: ReadDeps["control"],
  { application, alias, atMs }: AliasKey & { atMs: number },
): BadMark[] {
  const standing = new Map<string, BadMark[]>();
  for (const mark of listReleaseMarks(control, { application, alias })) {
    if (mark.atMs > atMs) continue;
    const earlier = mark.mark === "cleared" ? [] : (standing.get(mark.releaseId) ?? []);
    const own = mark.mark === "bad" ? [{ releaseId: asReleaseId(mark.releaseId), atMs: mark.atMs }] : [];
    standing.set(mark.releaseId, [...earlier, ...own]);
  }
  return [...standing.values()].flat();
}
