/** After a rollback: watches telemetry until the failed release no longer serves and something else does. */
import { recordDrained } from "@/server/control/record-drained";
import { listUndrainedIncidents, type IncidentRow } from "@/server/store/control/incidents";
import { controllerContext } from "./controller-context";
import type { ControllerDeps } from "./tick";

/** Silence of the failed release for this long, while others serve, is "drained". */
const QUIET_MS = 60_000;
/** Rollbacks older than this are not followed any more. */
const WATCH_MS = 7 * 86_400_000;
const MOST_WATCHED = 100;

/** Marks what has drained since the last tick. */
export function watchDrains(deps: ControllerDeps, nowMs: number): void {
  for (const incident of listUndrainedIncidents(deps.control, { sinceMs: nowMs - WATCH_MS, limit: MOST_WATCHED })) {
    try {
      const drainedAtMs = drainedAt(deps, incident, nowMs);
      if (drainedAtMs === undefined) continue;
      recordDrained(controllerContext(deps.control, nowMs), { incidentId: incident.id, drainedAtMs });
    } catch (error) {
      deps.log.error({ err: error, incidentId: incident.id }, "the drain could not be watched");
    }
  }
}

/** When the failed release served for the last time; undefined while it still does, or nobody is seen to serve. */
function drainedAt({ telemetry }: ControllerDeps, incident: IncidentRow, nowMs: number): number | undefined {
  const { application, releaseId, mitigatedAtMs } = incident;
  if (releaseId === null || mitigatedAtMs === null || nowMs - mitigatedAtMs < QUIET_MS) return undefined;
  const recent = telemetry.traffic({ application, fromMs: nowMs - QUIET_MS, toMs: nowMs });
  const served = recent.filter((row) => row.track !== "shadow");
  if (served.length === 0 || served.some((row) => row.releaseId === releaseId)) return undefined;
  const since = telemetry.traffic({ application, fromMs: mitigatedAtMs - QUIET_MS, toMs: nowMs });
  const own = since.filter((row) => row.track !== "shadow" && row.releaseId === releaseId);
  return Math.max(mitigatedAtMs, ...own.map((row) => row.lastMs));
}
