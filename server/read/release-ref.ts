/** Releases as other screens mention them, and what changed between two of them. */
import { diffComponents } from "@/server/domain/release/manifest-diff";
import { findRelease, listProvenance } from "@/server/store/control/releases";
import type { ControlDatabase } from "@/server/store/control/database";
import type { ComponentChange, ReleaseRef } from "./common-view";

/** The label that people give a release at registration. */
const TITLE = "title";

/** Looks releases of one application up, each once. */
export type ReleaseRefs = (releaseId: string) => ReleaseRef;

/**
 * A reader of release references. Commit, author and label are those of the first registration that gave them: it is
 * the one that brought the change; the same map registered again changes nothing.
 */
export function releaseRefs(control: ControlDatabase, application: string): ReleaseRefs {
  const known = new Map<string, ReleaseRef>();
  return (releaseId) => {
    const ref = known.get(releaseId) ?? readReleaseRef(control, { application, releaseId });
    known.set(releaseId, ref);
    return ref;
  };
}

function readReleaseRef(control: ControlDatabase, key: { application: string; releaseId: string }): ReleaseRef {
  const row = findRelease(control, key);
  const records = row === undefined ? [] : listProvenance(control, key);
  return {
    ...key,
    registered: row !== undefined,
    registeredAt: row?.createdAtMs ?? null,
    gitCommit: records.find((record) => record.gitCommit !== null)?.gitCommit ?? null,
    author: records.find((record) => record.author !== null)?.author ?? null,
    label: records.find((record) => record.labels[TITLE] !== undefined)?.labels[TITLE] ?? null,
  };
}

/** Changed components from one release to another, by kind; null when either was never registered. */
export function changesBetween(
  control: ControlDatabase,
  { application, fromId, toId }: { application: string; fromId: string; toId: string },
): ComponentChange[] | null {
  const from = findRelease(control, { application, releaseId: fromId });
  const to = findRelease(control, { application, releaseId: toId });
  if (from === undefined || to === undefined) return null;
  const { added, removed, changed } = diffComponents(from.components, to.components);
  return [
    ...changed.map(({ kind, from: old, to: now }) => ({ kind, from: old, to: now })),
    ...added.map(({ kind, to: now }) => ({ kind, from: null, to: now })),
    ...removed.map(({ kind, from: old }) => ({ kind, from: old, to: null })),
  ].toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
}
