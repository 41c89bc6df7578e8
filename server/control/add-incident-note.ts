/** Adds a note to an incident's timeline. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import type { ControlContext } from "./context";
import { addToTimeline, incidentTarget, noteFields, refuseFuture, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const AddIncidentNoteInput = closedObject({
  incidentId: z.string(),
  ...noteFields,
});
export type AddIncidentNoteInput = z.input<typeof AddIncidentNoteInput>;

export const AddIncidentNoteOutput = z.object({ id: z.number().int(), incidentId: z.string(), at: Time });
export type AddIncidentNoteOutput = z.input<typeof AddIncidentNoteOutput>;

/** @throws DomainError `not_found`; `invalid_input` for a note about a time that is still to come. */
export function addIncidentNote(context: ControlContext, input: AddIncidentNoteInput): AddIncidentNoteOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["controller", "system"] });
  const { incidentId, text, at } = parseInput(AddIncidentNoteInput, input, "the note");
  refuseFuture(context, at);
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    const about = at === undefined ? undefined : { atMs: at };
    const after = { text, ...about };
    const auditSeq = writeAudit(act, { action: "incident.noted", target: incidentTarget(incident), after });
    const id = addToTimeline(act, { incidentId, kind: "note", text, data: about ?? null, auditSeq });
    return { id, incidentId, at: context.nowMs };
  });
}
