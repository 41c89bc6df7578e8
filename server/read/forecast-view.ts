/** The shape of a forecast: what each rule of a policy can find by when, at the traffic of the last day. */
import { z } from "zod";
import { THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";

const Found = z.object({
  /** How many times as bad as the rule allows. */
  factor: z.number(),
  /** `10 % failing`, `1,700 ms`: what the candidate would show. */
  shows: z.string(),
  /** Null when it would take more than a week. */
  seconds: z.number().nullable(),
});

export const ForecastView = z.object({
  application: z.string(),
  alias: z.string(),
  policy: z.object({ name: z.string(), version: z.number().int().nullable() }),
  /** Requests a second of what the alias serves, over the last day; null without any. */
  requestsPerSec: z.number().nullable(),
  /** 0–100 of them that the candidate gets: the step that runs, or the first one that serves. */
  percentage: z.number(),
  sentence: z.string(),
  rules: z.array(
    z.object({
      rule: z.string(),
      metric: z.string(),
      action: z.enum(THRESHOLD_ACTIONS),
      /** Why nothing can be said; null when it can. */
      unknown: z.string().nullable(),
      sentence: z.string(),
      found: z.array(Found),
      /** Twice as bad as allowed, at each share of the policy's steps and some round ones. */
      atPercentages: z.array(z.object({ percentage: z.number(), seconds: z.number().nullable() })),
    }),
  ),
});
export type ForecastView = z.input<typeof ForecastView>;
