/** Opens an incident by hand. The same key again is the same incident, opened anew if it was resolved. */
import { z } from "zod";
import { ApplicationId, AliasName, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { findApplication } from "@/server/store/control/applications";
import { notFound } from "@/server/domain/errors";
import type { ControlContext } from "./context";
import { incidentTarget, openOrLink, planIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const OpenIncidentInput = closedObject({
  application: ApplicationId,
  title: z.string().trim().min(1, "an incident needs a title: say what is wrong").max(300),
  severity: z.enum(INCIDENT_SEVERITIES).default("major"),
  alias: AliasName.optional(),
  releaseId: ReleaseId.optional(),
  rolloutId: z.string().optional(),
  /** When users began to be hurt. */
  startedAt: TimeInput.optional(),
  /** Reports with one key are one incident. */
  dedupKey: z.string().min(1).max(256).optional(),
});
export type OpenIncidentInput = z.input<typeof OpenIncidentInput>;

export const OpenIncidentOutput = z.object({
  id: z.string(),
  status: z.enum(INCIDENT_STATUSES),
  /** False when the report joined an incident that was there. */
  created: z.boolean(),
});
export type OpenIncidentOutput = z.output<typeof OpenIncidentOutput>;

/** @throws DomainError `not_found` for an unknown application. */
export function openIncident(context: ControlContext, input: OpenIncidentInput): OpenIncidentOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["controller", "system"] });
  const given = parseInput(OpenIncidentInput, input, "the incident");
  const { application, title, severity } = given;
  // Keys of people are apart from the keys of rollbacks and alerts.
  const dedupKey = given.dedupKey === undefined ? undefined : `report ${application} ${given.dedupKey}`;
  return perform(context, (act) => {
    if (findApplication(act.tx, application) === undefined) throw notFound("application", application);
    const plan = planIncident(act, { application, dedupKey });
    const created = plan.existing === undefined;
    const auditSeq = writeAudit(act, {
      action: "incident.opened",
      target: incidentTarget({ application, id: plan.id }),
      ...(plan.existing === undefined ? {} : { before: { status: plan.existing.status } }),
      after: { ...given, created },
    });
    const facts = {
      application,
      title,
      cause: "person",
      severity,
      alias: given.alias ?? null,
      releaseId: given.releaseId ?? null,
      rolloutId: given.rolloutId ?? null,
      startedAtMs: given.startedAt ?? null,
      dedupKey: dedupKey ?? null,
    } as const;
    const { status } = openOrLink(act, { plan, facts, auditSeq });
    return { id: plan.id, status, created };
  });
}
