/** Incidents: the list row and the detail with its timeline. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { Actor, ReleaseRef } from "./common-view";
import { RollbackProgressView } from "./rollback-preview-view";

export const IncidentSummary = z.object({
  id: z.string(),
  application: z.string(),
  title: z.string(),
  status: z.enum(INCIDENT_STATUSES),
  severity: z.enum(INCIDENT_SEVERITIES),
  cause: z.enum(["decision", "alert", "person", "rollback"]),
  alias: z.string().nullable(),
  release: ReleaseRef.nullable(),
  rolloutId: z.string().nullable(),
  startedAt: Time.nullable(),
  detectedAt: Time,
  mitigatedAt: Time.nullable(),
  resolvedAt: Time.nullable(),
  openedBy: Actor,
});

export const IncidentDetailView = IncidentSummary.extend({
  sentence: z.string(),
  progress: RollbackProgressView.nullable(),
  timeline: z.array(
    z.object({
      at: Time,
      kind: z.enum([
        "opened",
        "alias_move",
        "decision",
        "approval",
        "pause",
        "alert",
        "note",
        "status",
        "drain",
        "git",
      ]),
      actor: Actor,
      text: z.string(),
      href: z.string().nullable(),
      auditSeq: z.number().int().nullable(),
    }),
  ),
});
export type IncidentDetailView = z.input<typeof IncidentDetailView>;
