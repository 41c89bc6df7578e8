/** The impact of an incident as answers show it. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { MetricPoint } from "./common-view";

const Bounded = z.object({ value: z.number(), lower: z.number().nullable(), upper: z.number().nullable() });

/** One metric of the release beside the control's in the same period; intervals are pointwise 95 %. */
const ImpactRowView = z.object({
  metric: z.string(),
  label: z.string(),
  unit: z.string(),
  candidate: MetricPoint,
  control: MetricPoint,
  /** In the metric's unit; null where one side has no data. */
  difference: Bounded.extend({ clear: z.boolean() }).nullable(),
  worse: z.boolean().nullable(),
  /** Beyond what the control's rate would have given; null where a sum means nothing. */
  extra: Bounded.extend({ unit: z.enum(["requests", "tokens", "usd"]) }).nullable(),
});

export const SegmentImpactView = z.object({
  /** `region=us-west`. */
  segment: z.string(),
  requests: z.number().int(),
  /** Of the release's requests, 0–1. */
  share: z.number(),
  /**
   * `concentrated`: clearly worse than the control in the same segment and than the same release elsewhere; `alike`: than
   * the control only, as everywhere; `spared`: neither. False discoveries over all segments are held at 5 %.
   */
  harm: z.enum(["concentrated", "alike", "spared"]),
  worst: ImpactRowView.nullable(),
  /** Of what `worst` cost beyond the control in all values of the key, the share of this one, 0–1. */
  explains: z.number().nullable(),
});

export const IncidentImpactView = z.object({
  incidentId: z.string(),
  application: z.string(),
  releaseId: z.string(),
  /** What served beside it; null when nothing did, and then there is nothing to compare with. */
  control: z.object({ releaseId: z.string(), requests: z.number().int() }).nullable(),
  from: Time,
  to: Time,
  requests: z.number().int(),
  errors: z.number().int(),
  /** Null when it cannot be said: too many to count exactly, none sent, or deleted by age. */
  subjects: z.number().int().nullable(),
  rows: z.array(ImpactRowView),
  /** Where the harm is concentrated first, worst first. */
  segments: z.array(SegmentImpactView),
  /** The page with these requests. */
  href: z.string(),
  /** One sentence for the page. */
  sentence: z.string(),
});
export type IncidentImpactView = z.input<typeof IncidentImpactView>;
