/** The known good release of an alias, from the stored history. The rule itself is the domain's. */
import { knownGood } from "@/server/domain/alias/known-good";
import { ReleaseId } from "@/server/domain/ids";
import { listMovesOfAlias, listReleaseMarks, type AliasKey } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { listRolloutsOfAlias } from "@/server/store/control/rollouts";

/** Where a rollback of `current` goes, or undefined when a person must name the target. */
export function findKnownGood(
  db: ControlReader,
  { current, ...key }: AliasKey & { current: string },
): string | undefined {
  const moves = listMovesOfAlias(db, key).map((move) => ({
    toReleaseId: ReleaseId.parse(move.toReleaseId),
    atMs: move.atMs,
    cause: move.cause,
  }));
  const rollouts = listRolloutsOfAlias(db, key).map((rollout) => ({
    candidate: ReleaseId.parse(rollout.candidateId),
    state: rollout.state,
    ...(rollout.endedAtMs === null ? {} : { endedAtMs: rollout.endedAtMs }),
  }));
  return knownGood(moves, rollouts, standingBadMarks(db, key), ReleaseId.parse(current));
}

/** Bad marks that nobody has cleared since. */
function standingBadMarks(db: ControlReader, key: AliasKey): { releaseId: ReleaseId; atMs: number }[] {
  const standing = new Map<string, { releaseId: ReleaseId; atMs: number }[]>();
  for (const { releaseId, mark, atMs } of listReleaseMarks(db, key)) {
    const marks =
      mark === "cleared" ? [] : [...(standing.get(releaseId) ?? []), { releaseId: ReleaseId.parse(releaseId), atMs }];
    standing.set(releaseId, marks);
  }
  return [...standing.values()].flat();
}
