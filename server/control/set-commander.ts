/** Says who leads an incident. Taking over is one call; each change is in the timeline. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { writeIncident } from "@/server/store/control/incidents";
import type { ControlContext } from "./context";
import { addToTimeline, incidentTarget, requireIncident } from "./incident-core";
import { notify } from "./outside-effects";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const SetCommanderInput = closedObject({
  incidentId: z.string(),
  /** A name as pages show it; without it, the caller takes over. */
  commander: z.string().trim().min(1, "name somebody, or leave it out to take over").max(128).optional(),
});
export type SetCommanderInput = z.input<typeof SetCommanderInput>;

export const SetCommanderOutput = z.object({ id: z.string(), commander: z.string() });
export type SetCommanderOutput = z.output<typeof SetCommanderOutput>;

/** The one who leads already is no change. @throws DomainError `not_found`. */
export function setCommander(context: ControlContext, input: SetCommanderInput): SetCommanderOutput {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(SetCommanderInput, input, "the commander");
  const commander = given.commander ?? context.actor.name;
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, given);
    const { id, application } = incident;
    if (incident.commander === commander) return { id, commander };
    const auditSeq = writeAudit(act, {
      action: "incident.commander_changed",
      target: incidentTarget(incident),
      before: { commander: incident.commander },
      after: { commander },
    });
    writeIncident(act.tx, { id, change: { commander } });
    const text =
      incident.commander === null ? `${commander} leads` : `${commander} takes over from ${incident.commander}`;
    addToTimeline(act, { incidentId: id, kind: "role", text, data: { role: "commander", name: commander }, auditSeq });
    notify(act, {
      kind: "incident.commander_changed",
      application,
      incidentId: id,
      sentence: `${text}: ${incident.title}`,
      data: { severity: incident.severity },
    });
    return { id, commander };
  });
}
