/** One notification as every channel is given it; what a channel makes of it is the channel's. */
import { z } from "zod";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";

export const NotificationEvent = z.object({
  kind: z.string(),
  application: z.string(),
  /** When it happened, epoch ms. */
  atMs: z.number().int(),
  /** What happened, in one sentence. */
  sentence: z.string(),
  severity: z.enum(INCIDENT_SEVERITIES),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  alias: z.string().optional(),
  releaseId: z.string().optional(),
  fromReleaseId: z.string().optional(),
  rolloutId: z.string().optional(),
  incidentId: z.string().optional(),
  incidentTitle: z.string().optional(),
  /** What the incident's status became, with `incident.status_changed`. */
  status: z.enum(INCIDENT_STATUSES).optional(),
  /** The page that shows it, as a path. */
  path: z.string(),
  /** What a person may want to do next, as links to pages that ask before they act. */
  actions: z.array(z.object({ label: z.string(), path: z.string() })),
});
export type NotificationEvent = z.infer<typeof NotificationEvent>;
