/** An incident as lists show it. */
import type { IncidentRow } from "@/server/store/control/incidents";
import { findPostmortemStatus } from "@/server/store/control/postmortems";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { incidentMove } from "./incident-move";
import { incidentSentence } from "./incident-sentence";
import type { IncidentSummary } from "./incident-view";
import { releaseRefs, type ReleaseRefs } from "./release-ref";

/** Pass `refs` where several incidents of one application are shown. */
export function incidentSummary(
  deps: ReadDeps,
  row: IncidentRow,
  refs: ReleaseRefs = releaseRefs(deps.control, row.application),
): IncidentSummary {
  return {
    id: row.id,
    application: row.application,
    title: row.title,
    status: row.status,
    severity: row.severity,
    cause: row.cause,
    alias: row.alias,
    release: row.releaseId === null ? null : refs(row.releaseId),
    rolloutId: row.rolloutId,
    startedAt: row.startedAtMs,
    detectedAt: row.detectedAtMs,
    mitigatedAt: row.mitigatedAtMs,
    resolvedAt: row.resolvedAtMs,
    openedBy: actorOf({ actorKind: row.openedByKind, actorId: row.openedById, actorName: row.openedByName }),
    commander: row.commander,
    postmortem: findPostmortemStatus(deps.control, row.id) ?? null,
    sentence: incidentSentence(row, { move: incidentMove(deps, row), nowMs: deps.nowMs }),
  };
}
