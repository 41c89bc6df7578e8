/** The Telemetry page's shape: how fit an application's data are to decide on, figure by figure and sender by sender. */
import { z } from "zod";
import { HEALTH_FIGURES, HEALTH_STATES } from "@/server/domain/health/telemetry-health";
import { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import { Time } from "@/server/domain/time";
import { Freshness } from "./common-view";

const FigureView = z.object({
  id: z.enum(HEALTH_FIGURES),
  label: z.string(),
  /** The score, segment or rollout it is about; null for the application as a whole. */
  about: z.string().nullable(),
  /** A share 0–1, or milliseconds; null where there is nothing to measure. */
  value: z.number().nullable(),
  unit: z.enum(["ratio", "ms"]),
  /** What the value is of. */
  count: z.number().int(),
  watchAt: z.number().nullable(),
  badAt: z.number().nullable(),
  state: z.enum(HEALTH_STATES),
  consequence: z.string(),
  remedy: z.string(),
  /** What a bad value holds back; null for what holds nothing. */
  blocks: z.string().nullable(),
});

export const TelemetryHealthView = z.object({
  application: z.string(),
  freshness: Freshness,
  sentence: z.string(),
  tone: z.enum(["ok", "review", "breach", "neutral"]),
  range: z.object({ from: Time, to: Time }),
  /** Requests in the range, and how many of the newest were looked at one by one. */
  requests: z.number().int(),
  sampled: z.number().int(),
  /** The worst first. */
  figures: z.array(FigureView),
  /** By the conventions that they write, most requests first. Shares are of the sender's own requests. */
  senders: z.array(
    z.object({
      name: z.string(),
      count: z.number().int(),
      newestAt: Time,
      releaseMissing: z.number(),
      clockAhead: z.number(),
      /** The furthest that a request was ahead of the server's clock, ms. */
      mostAheadMs: z.number(),
      ttftImpossible: z.number().nullable(),
    }),
  ),
  /** The application's own keys for fields, as set. */
  telemetryKeys: TelemetryKeys,
});
export type TelemetryHealthView = z.input<typeof TelemetryHealthView>;
