/** Adds a note to an incident's timeline. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import type { ControlContext } from "./context";
import { addToTimeline, incidentTarget, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const AddIncidentNoteInput = closedObject({
  incidentId: z.string(),
  text: z.string().trim().min(1, "a note needs text").max(10_000, "a note has at most 10,000 characters"),
});
export type AddIncidentNoteInput = z.input<typeof AddIncidentNoteInput>;

export const AddIncidentNoteOutput = z.object({ id: z.number().int(), incidentId: z.string(), at: Time });
export type AddIncidentNoteOutput = z.input<typeof AddIncidentNoteOutput>;

/** @throws DomainError `not_found`. */
export function addIncidentNote(context: ControlContext, input: AddIncidentNoteInput): AddIncidentNoteOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["controller", "system"] });
  const { incidentId, text } = parseInput(AddIncidentNoteInput, input, "the note");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    const auditSeq = writeAudit(act, { action: "incident.noted", target: incidentTarget(incident), after: { text } });
    const id = addToTimeline(act, { incidentId, kind: "note", text, auditSeq });
    return { id, incidentId, at: context.nowMs };
  });
}
