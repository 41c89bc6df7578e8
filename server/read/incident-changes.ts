/** What had changed: from what was known good when the incident was detected to the release that it is about. */
import { findRelease } from "@/server/store/control/releases";
import type { IncidentRow } from "@/server/store/control/incidents";
import type { ComponentChange } from "./common-view";
import type { ReadDeps } from "./deps";
import { incidentMove } from "./incident-move";
import { knownGoodOf } from "./known-good-of";
import { changesBetween } from "./release-ref";

export interface IncidentChanges {
  readonly knownGoodId: string;
  readonly items: readonly ComponentChange[];
  /** Components that are the same in both. */
  readonly unchanged: number;
}

/** Against the release that was restored, else known good; null without one, or when either was never registered. */
export function incidentChanges(deps: ReadDeps, incident: IncidentRow): IncidentChanges | null {
  const { application, alias, releaseId, detectedAtMs } = incident;
  if (alias === null || releaseId === null) return null;
  const restored = incidentMove(deps, incident);
  const knownGoodId =
    restored?.fromReleaseId === releaseId
      ? restored.toReleaseId
      : knownGoodOf(deps, { application, alias, current: releaseId, atMs: detectedAtMs });
  if (knownGoodId === undefined) return null;
  const items = changesBetween(deps.control, { application, fromId: knownGoodId, toId: releaseId });
  if (items === null) return null;
  const own = Object.keys(findRelease(deps.control, { application, releaseId })?.components ?? {}).length;
  return { knownGoodId, items, unchanged: own - items.filter(({ to }) => to !== null).length };
}
