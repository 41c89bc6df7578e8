/** The Features screen: parity over time, freshness, and how far live values are from those evaluated. */
import { z } from "zod";
import { STABILITY_VERDICTS } from "@/server/domain/feature/population-stability";
import { Time } from "@/server/domain/time";

const Stability = z.object({
  /** `too_few`: nothing can be said of so few values. */
  verdict: z.enum(STABILITY_VERDICTS),
  /** Population stability index, and what chance alone reaches once in a hundred; null when nothing can be said. */
  psi: z.number().nullable(),
  chance: z.number().nullable(),
  referenceCount: z.number().int(),
  count: z.number().int(),
});

/** One feature over all requests (`segment` null) or in one segment value. */
const Drift = z.object({
  feature: z.string(),
  segment: z.string().nullable(),
  /** Live values against the evaluation set: what serves, and what is being tried. Null without a set. */
  control: Stability.nullable(),
  candidate: Stability.nullable(),
  /** The candidate's values against the control's of the same period. */
  candidateVsControl: Stability.nullable(),
});

export const FeatureViewItem = z.object({
  view: z.string(),
  /** Null for a view that was only ever fingerprinted or served, not registered. */
  registration: z
    .object({
      revision: z.number().int(),
      schema: z.record(z.string(), z.string()),
      ttlMs: z.number().int().nullable(),
      sources: z.array(z.string()),
      transformation: z.record(z.string(), z.unknown()).nullable(),
      fingerprint: z.string().nullable(),
      definition: z.record(z.string(), z.string()).nullable(),
      at: Time,
      by: z.string(),
    })
    .nullable(),
  parity: z.object({
    offline: z.string().nullable(),
    online: z.string().nullable(),
    /** Null while a side is not known: that is never equality. */
    equal: z.boolean().nullable(),
    /** Since when it is so; null while neither side has reported. */
    since: Time.nullable(),
    /** Settings in which the two newest reported configurations differ; empty where one came without. */
    differences: z.array(z.object({ setting: z.string(), offline: z.string(), online: z.string() })),
    /** Every reported change, oldest first, with what held after it. */
    history: z.array(
      z.object({
        at: Time,
        side: z.enum(["offline", "online"]),
        fingerprint: z.string(),
        by: z.string(),
        equal: z.boolean().nullable(),
      }),
    ),
  }),
  /** Of the values served in the range; null where none carried its own time. */
  staleness: z
    .object({
      count: z.number().int(),
      staleCount: z.number().int().nullable(),
      medianAgeMs: z.number().nullable(),
      oldestAgeMs: z.number().nullable(),
      futureCount: z.number().int(),
    })
    .nullable(),
  /** Registered releases that carry the view, the newest first, with the aliases that they serve or are a candidate of. */
  releases: z.array(z.object({ releaseId: z.string(), reference: z.string(), aliases: z.array(z.string()) })),
  /** Fingerprints that live requests with values of the view carried themselves, the most frequent first. */
  served: z.array(
    z.object({ arm: z.enum(["control", "candidate"]), fingerprint: z.string(), count: z.number().int() }),
  ),
  /** The newest uploaded evaluation set. */
  evaluationSet: z.object({ suite: z.string(), rows: z.number().int(), leaks: z.number().int(), at: Time }).nullable(),
  drift: z.array(Drift),
});

export const FeaturesView = z.object({
  application: z.string(),
  /** One sentence a person could read out on a call. */
  sentence: z.string(),
  tone: z.enum(["ok", "review", "breach", "neutral"]),
  from: Time,
  to: Time,
  /** Requests whose features were read, the newest of the range; `sampled` where there were more. */
  requests: z.object({ control: z.number().int(), candidate: z.number().int(), sampled: z.boolean() }),
  items: z.array(FeatureViewItem),
});
export type FeaturesView = z.input<typeof FeaturesView>;
export type FeatureViewItem = z.input<typeof FeatureViewItem>;

const DatedValue = z.object({ value: z.unknown(), timestamp: Time.nullable() });

/** One feature of one entity at one instant, as the evaluation and as serving had it. */
export const PointInTimeView = z.object({
  application: z.string(),
  view: z.string(),
  feature: z.string(),
  entity: z.string(),
  at: Time,
  /** The newest evaluated value that held at the instant; null where none did. */
  evaluation: DatedValue.nullable(),
  /** What the named request was served with. */
  serving: DatedValue.extend({ requestId: z.string() }).nullable(),
  /** Null while one of them is not known. */
  equal: z.boolean().nullable(),
});
export type PointInTimeView = z.input<typeof PointInTimeView>;
