/** Evidence that somebody pinned to an incident: kept whole, readable when the data behind it have been deleted. */
import { z } from "zod";
import { FrozenChart } from "@/server/domain/postmortem/chart";

/** A request as it was when it was pinned, without its texts: those follow the application's retention. */
export const PinnedRequest = z.object({
  requestId: z.string(),
  application: z.string(),
  releaseId: z.string().nullable(),
  track: z.string(),
  timeMs: z.number().int(),
  region: z.string().nullable(),
  tenant: z.string().nullable(),
  segments: z.record(z.string(), z.string()),
  status: z.string(),
  errorType: z.string().nullable(),
  taskCompleted: z.boolean().nullable(),
  refused: z.boolean().nullable(),
  toxic: z.boolean().nullable(),
  policyViolation: z.boolean().nullable(),
  ttftMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  costUsd: z.number().nullable(),
  scores: z.array(z.object({ name: z.string(), value: z.number(), judge: z.string().nullable() })),
  features: z.array(
    z.object({ view: z.string(), name: z.string(), value: z.unknown(), timestampMs: z.number().nullable() }),
  ),
  featureFingerprint: z.string().nullable(),
});

export const PinnedEvidence = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("request"), request: PinnedRequest }),
  z.object({ kind: z.literal("chart"), chart: FrozenChart }),
]);
export type PinnedEvidence = z.infer<typeof PinnedEvidence>;
