/** Incidents: the list row and the detail with its timeline. */
import { z } from "zod";
import { POSTMORTEM_STATUSES } from "@/server/domain/postmortem/status";
import { Time } from "@/server/domain/time";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { Actor, ComponentChange, ReleaseRef } from "./common-view";
import { PinnedEvidenceView } from "./pinned-evidence-view";
import { RollbackProgressView } from "./rollback-preview-view";

/** Kinds of timeline entries, as pages filter them. */
export const TIMELINE_KINDS = [
  "opened",
  "alias_move",
  "decision",
  "approval",
  "pause",
  "alert",
  "note",
  "correction",
  "status",
  "drain",
  "git",
  "pin",
  "role",
  "postmortem",
] as const;

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
  /** Who leads; null until somebody takes over. */
  commander: z.string().nullish(),
  /** The newest saved version of its postmortem; null while there is only the generated draft. */
  postmortem: z.object({ version: z.number().int(), status: z.enum(POSTMORTEM_STATUSES) }).nullish(),
  /** What happened, what was done, what is left: one sentence. */
  sentence: z.string(),
});
export type IncidentSummary = z.input<typeof IncidentSummary>;

/** `GET /api/v1/incidents`, newest first. */
export const IncidentListView = z.object({
  items: z.array(IncidentSummary),
  nextCursor: z.string().optional(),
  /** One sentence for the page. */
  sentence: z.string(),
});
export type IncidentListView = z.input<typeof IncidentListView>;

export const IncidentDetailView = IncidentSummary.extend({
  /** The move that answered it was decided; null while none was. */
  decidedAt: Time.nullable(),
  /** The last request on the failed release was seen. */
  drainedAt: Time.nullable(),
  progress: RollbackProgressView.nullable(),
  /** Whom the release answered from the start to the drain, measured; null without a release. */
  impact: z
    .object({
      from: Time,
      to: Time,
      requests: z.number().int(),
      /** Requests with status `error`. */
      errors: z.number().int(),
      /** Null when there are too many to count exactly. */
      subjects: z.number().int().nullable(),
      regions: z.array(z.object({ region: z.string(), count: z.number().int() })),
    })
    .nullable(),
  /** From the restored release (else known good) to the one the incident is about. */
  changes: z.array(ComponentChange),
  timeline: z.array(
    z.object({
      at: Time,
      kind: z.enum(TIMELINE_KINDS),
      actor: Actor,
      text: z.string(),
      href: z.string().nullable(),
      auditSeq: z.number().int().nullable(),
      /** The evaluation that an entry of kind `decision` is about. */
      evaluationId: z.number().int().optional(),
      /** Of what a person wrote: the id by which it is corrected. */
      noteId: z.number().int().optional(),
      /** How the story tells it, where it was corrected or is about another time than the one it was written at. */
      told: z
        .object({
          at: Time,
          text: z.string(),
          actor: Actor,
          writtenAt: Time,
          auditSeq: z.number().int().nullable(),
        })
        .optional(),
      /** What an entry of kind `pin` holds, whole. */
      evidence: PinnedEvidenceView.nullable().optional(),
    }),
  ),
});
export type IncidentDetailView = z.input<typeof IncidentDetailView>;
