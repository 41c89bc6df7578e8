/** Beside going back whole: the releases that take back one of several changed components. Proposed, not yet registered. */
import { releaseId } from "@/server/domain/release/release-id";
import { takeBack } from "@/server/domain/release/take-back";
import { findBadMark } from "@/server/store/control/aliases";
import { findRelease } from "@/server/store/control/releases";
import type { ComponentChange } from "./common-view";
import type { ReadDeps } from "./deps";
import type { RollbackPreviewView } from "./rollback-preview-view";
import type { RollbackSides } from "./rollback-target";

/** One proposal per change. @param changes from the release that stops to the target. */
export function partialTargets(
  { control }: ReadDeps,
  { sides, changes }: { sides: RollbackSides; changes: readonly ComponentChange[] },
): RollbackPreviewView["partial"] {
  const { current, failedId, targetId, isCanary } = sides;
  const { application, alias } = current;
  const from = findRelease(control, { application, releaseId: failedId });
  const to = targetId === undefined ? undefined : findRelease(control, { application, releaseId: targetId });
  // With one change the partial rollback is the whole one.
  if (from === undefined || to === undefined || changes.length < 2) return [];
  return changes.map((change) => {
    const id = releaseId(takeBack({ from: from.components, to: to.components, kind: change.kind }));
    const registered = findRelease(control, { application, releaseId: id }) !== undefined;
    const mark = findBadMark(control, { application, alias, releaseId: id });
    const why = mark === undefined ? undefined : `marked bad by a rollback: ${mark.reason}`;
    const kept = isCanary
      ? "a new candidate: go back first, then start a rollout of it"
      : "keeps the other changes; this mix has not been tested as a whole";
    return { change, releaseId: id, registered, eligible: why === undefined && !isCanary, reason: why ?? kept };
  });
}
