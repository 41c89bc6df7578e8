/** One incident in full: what happened, what the system did, whom it hit, what had changed, and the timeline. */
import { notFound } from "@/server/domain/errors";
import { findIncident, type IncidentRow } from "@/server/store/control/incidents";
import { findRollout } from "@/server/store/control/rollouts";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { incidentChanges } from "./incident-changes";
import { incidentMove } from "./incident-move";
import { incidentSummary } from "./incident-summary";
import { incidentTimeline } from "./incident-timeline";
import type { IncidentDetailView } from "./incident-view";
import { rollbackProgressOf } from "./rollback-progress";

/** Before detection, when nobody knows when it began. */
const BEFORE_MS = 3_600_000;
const REGIONS = 20;

/** @throws DomainError `not_found`. */
export function readIncident(deps: ReadDeps, { incidentId }: { incidentId: string }): IncidentDetailView {
  const row = findIncident(deps.control, incidentId);
  if (row === undefined) throw notFound("incident", incidentId);
  return {
    ...incidentSummary(deps, row),
    decidedAt: incidentMove(deps, row)?.atMs ?? null,
    drainedAt: row.drainedAtMs,
    progress: rollbackProgressOf(deps, row),
    impact: impactOf(deps, row),
    changes: [...(incidentChanges(deps, row)?.items ?? [])],
    timeline: incidentTimeline(deps, row),
  };
}

/** Requests that users got from the release, from the start of the trouble until it had drained. */
function impactOf({ control, telemetry, nowMs }: ReadDeps, incident: IncidentRow): IncidentDetailView["impact"] {
  const { application, releaseId, rolloutId } = incident;
  if (releaseId === null) return null;
  const rollout = rolloutId === null ? undefined : findRollout(control, rolloutId);
  const since = incident.startedAtMs ?? rollout?.startedAtMs ?? incident.detectedAtMs - BEFORE_MS;
  const until = incident.drainedAtMs ?? incident.resolvedAtMs ?? nowMs;
  const range = wholeBuckets(since, until + 1);
  const own = telemetry
    .traffic({ application, ...range })
    .filter((row) => row.releaseId === releaseId && row.track !== "shadow");
  const regions = telemetry.segmentValues({ application, releaseId, key: "region", ...range, limit: REGIONS });
  return {
    from: since,
    to: until,
    requests: own.reduce((sum, { count }) => sum + count, 0),
    errors: own.reduce((sum, { errors }) => sum + errors, 0),
    subjects: telemetry.distinctSubjects({ application, releaseId, ...range }),
    regions: regions.map(({ value, count }) => ({ region: value, count })),
  };
}
