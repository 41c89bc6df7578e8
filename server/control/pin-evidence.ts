/** Pins a request or a chart to an incident's timeline, whole: it is there when the raw data have been deleted. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { PinnedEvidence } from "@/server/domain/incident/evidence";
import { Time } from "@/server/domain/time";
import type { ControlContext } from "./context";
import { addToTimeline, incidentTarget, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

/** What a caller says about what is pinned. */
export const pinNote = {
  incidentId: z.string(),
  /** What it shows. */
  note: z.string().trim().min(1).max(2000).optional(),
};

export const PinEvidenceInput = closedObject({
  ...pinNote,
  /** Read by the server, never sent by a client. */
  evidence: PinnedEvidence,
});
export type PinEvidenceInput = z.input<typeof PinEvidenceInput>;

export const PinEvidenceOutput = z.object({ id: z.number().int(), incidentId: z.string(), at: Time });
export type PinEvidenceOutput = z.input<typeof PinEvidenceOutput>;

/** @throws DomainError `not_found`. */
export function pinEvidence(context: ControlContext, input: PinEvidenceInput): PinEvidenceOutput {
  requireRole(context.actor, { role: "on_call" });
  const { incidentId, note, evidence } = parseInput(PinEvidenceInput, input, "the evidence");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    const what = titleOf(evidence);
    const auditSeq = writeAudit(act, {
      action: "incident.evidence_pinned",
      target: incidentTarget(incident),
      after: { what, ...(note === undefined ? {} : { note }) },
    });
    const text = note === undefined ? what : `${note} (${what})`;
    const id = addToTimeline(act, { incidentId, kind: "pin", text, data: evidence, auditSeq });
    return { id, incidentId, at: context.nowMs };
  });
}

function titleOf(evidence: PinnedEvidence): string {
  return evidence.kind === "request" ? `request ${evidence.request.requestId}` : `chart ${evidence.chart.title}`;
}
