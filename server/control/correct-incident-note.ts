/**
 * Corrects what a person wrote into an incident's timeline: its text, the time it is about, or both. The entry stays as
 * it is; the correction is a further one beside it, and the story tells the newest.
 */
import { z } from "zod";
import { conflict, invalidInput, notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { isPersonal, tellingOf } from "@/server/domain/incident/told";
import { Time } from "@/server/domain/time";
import { listIncidentEvents } from "@/server/store/control/incidents";
import type { ControlContext } from "./context";
import { addToTimeline, incidentTarget, noteFields, refuseFuture, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const CorrectIncidentNoteInput = closedObject({
  incidentId: z.string(),
  /** The entry as the timeline names it: `noteId` of a note or a pin. */
  noteId: z.number().int().positive(),
  /** The whole of the new text; without it the text stays. */
  text: noteFields.text.optional(),
  at: noteFields.at,
});
export type CorrectIncidentNoteInput = z.input<typeof CorrectIncidentNoteInput>;

export const CorrectIncidentNoteOutput = z.object({
  noteId: z.number().int(),
  incidentId: z.string(),
  text: z.string(),
  at: Time,
  correctedAt: Time,
});
export type CorrectIncidentNoteOutput = z.input<typeof CorrectIncidentNoteOutput>;

/**
 * @throws DomainError `not_found` for an unknown incident or entry, `invalid_input` without a change or for a time that
 *   is still to come, `conflict` for an entry that no person wrote.
 */
export function correctIncidentNote(
  context: ControlContext,
  input: CorrectIncidentNoteInput,
): CorrectIncidentNoteOutput {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(CorrectIncidentNoteInput, input, "the correction");
  const { incidentId, noteId } = given;
  refuseFuture(context, given.at);
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    const timeline = listIncidentEvents(act.tx, incidentId);
    const entry = timeline.find(({ id }) => id === noteId);
    if (entry === undefined) throw notFound(`entry of incident ${incidentId}`, String(noteId));
    if (!isPersonal(entry)) {
      throw conflict(`entry ${noteId} is no note: what the record writes itself stands as it is; add a note beside it`);
    }
    const before = tellingOf(entry, timeline);
    const { text = before.text, at: atMs = before.atMs } = given;
    if (text === before.text && atMs === before.atMs) {
      const message = "is needed, or at: the entry says this already";
      throw invalidInput(`nothing would change: ${message}`, [{ pointer: "/text", message }]);
    }
    const auditSeq = writeAudit(act, {
      action: "incident.note_corrected",
      target: incidentTarget(incident),
      before: { noteId, text: before.text, atMs: before.atMs },
      after: { noteId, text, atMs },
    });
    addToTimeline(act, { incidentId, kind: "correction", text, data: { corrects: noteId, atMs }, auditSeq });
    return { noteId, incidentId, text, at: atMs, correctedAt: context.nowMs };
  });
}
