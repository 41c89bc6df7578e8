/** Changes an incident's status and stops or restarts its clocks. */
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { canChangeStatus, nextStatuses } from "@/server/domain/incident/incident";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import { INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import type { IncidentRow } from "@/server/store/control/incidents";
import type { ControlContext } from "./context";
import { changeStatus, incidentTarget, requireIncident } from "./incident-core";
import { perform, Reason, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const SetIncidentStatusInput = closedObject({
  incidentId: z.string(),
  status: z.enum(INCIDENT_STATUSES),
  reason: Reason,
});
export type SetIncidentStatusInput = z.input<typeof SetIncidentStatusInput>;

export const SetIncidentStatusOutput = z.object({
  id: z.string(),
  status: z.enum(INCIDENT_STATUSES),
  mitigatedAt: Time.nullable(),
  resolvedAt: Time.nullable(),
});
export type SetIncidentStatusOutput = z.input<typeof SetIncidentStatusOutput>;

/** The status it has already is no change. @throws DomainError `not_found`; `conflict` for a change there is not. */
export function setIncidentStatus(context: ControlContext, input: SetIncidentStatusInput): SetIncidentStatusOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["system"] });
  const { incidentId, status, reason } = parseInput(SetIncidentStatusInput, input, "the status");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    if (incident.status === status) return statusOf(incident);
    if (!canChangeStatus(incident.status, status)) {
      const possible = nextStatuses(incident.status).join(" or ");
      throw conflict(
        `incident ${incidentId} is ${incident.status} and cannot become ${status}: it may become ${possible}`,
      );
    }
    const auditSeq = writeAudit(act, {
      action: "incident.status_changed",
      target: incidentTarget(incident),
      before: { status: incident.status },
      after: { status },
      reason,
    });
    return statusOf(changeStatus(act, { incident, status, reason, auditSeq }));
  });
}

function statusOf({ id, status, mitigatedAtMs, resolvedAtMs }: IncidentRow): SetIncidentStatusOutput {
  return { id, status, mitigatedAt: mitigatedAtMs, resolvedAt: resolvedAtMs };
}
