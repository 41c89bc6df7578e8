/** What was added, removed and changed from one release to another, component by component. */
import { notFound } from "@/server/domain/errors";
import { describeChange, diffComponents } from "@/server/domain/release/manifest-diff";
import { findReleaseAnywhere, type ReleaseRow } from "@/server/store/control/releases";
import type { ReadDeps } from "./deps";
import type { ReleaseDiffView } from "./release-view";

/**
 * The id is the hash of the components, so it does not matter which application registered them.
 *
 * @throws DomainError `not_found` naming the one that nobody registered.
 */
export function readReleaseDiff(
  { control }: ReadDeps,
  { releaseId, otherId }: { releaseId: string; otherId: string },
): ReleaseDiffView {
  const require = (id: string): ReleaseRow => {
    const [row] = findReleaseAnywhere(control, id);
    if (row === undefined) throw notFound("release", id);
    return row;
  };
  const { added, removed, changed, unchanged } = diffComponents(
    require(releaseId).components,
    require(otherId).components,
  );
  const changes = [...changed, ...added, ...removed];
  return {
    from: releaseId,
    to: otherId,
    sentence:
      changes.length === 0
        ? `${releaseId} and ${otherId} have the same components.`
        : `From ${releaseId} to ${otherId}: ${changes.map(describeChange).join("; ")}.`,
    added: [...added],
    removed: [...removed],
    changed: [...changed],
    unchanged: [...unchanged],
  };
}
