/** The Compare screen's shape: candidate against its concurrent control, one row per metric, worst first. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { DECISIONS, THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";
import { ComponentChange, Freshness, MetricPoint, ReleaseRef, RolloutSummary, Verdict, Violation } from "./common-view";

/** One window on both sides. A side is null where it had no traffic: a gap, never a zero. */
export const ComparePoint = z.object({
  at: Time,
  candidate: MetricPoint.nullable(),
  control: MetricPoint.nullable(),
  /** Younger than the policy's settle time: shown, not decided on. */
  provisional: z.boolean(),
  /** The evaluator found this window beyond the threshold. */
  breaching: z.boolean(),
});

export const CompareRow = z.object({
  metric: z.string(),
  label: z.string(),
  unit: z.string(),
  higherIsWorse: z.boolean(),
  threshold: z
    .object({
      /** "max 850 ms over 5m". */
      text: z.string(),
      kind: z.enum(["max", "min", "max_increase", "max_decrease"]),
      /** In the metric's unit; for relative bounds a ratio 0–1. */
      value: z.number(),
      /** The line to draw, in the metric's unit: for relative bounds computed from the control's latest value. */
      line: z.number().nullable(),
      action: z.enum(THRESHOLD_ACTIONS),
      windowMs: z.number(),
      consecutive: z.number().int(),
      minRequests: z.number().int(),
    })
    .nullable(),
  candidate: MetricPoint,
  control: MetricPoint,
  /** Candidate minus control; `clear` only when the interval excludes zero. Ratio is null for a zero control. */
  delta: z
    .object({
      absolute: z.number(),
      ratio: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      clear: z.boolean(),
      better: z.boolean(),
    })
    .nullable(),
  verdict: Verdict,
  /** A `pass` for want of evidence: the limit is shown neither broken nor kept. */
  undecided: z.boolean(),
  /** The segment that the verdict is about, `region=us-west`; null for all requests of the screen. */
  verdictIn: z.string().nullable(),
  /** The verdict in words, with what it is based on. */
  detail: z.string(),
  /** Requests needed before this rule can decide, and the estimate of when. */
  needed: z.number().int().nullable(),
  etaAt: Time.nullable(),
  /** Evidence against the rule: log10 of the e-value, and the value at which it decides. Null in window mode. */
  evidence: z.object({ log10: z.number(), decidesAt: z.number() }).nullable(),
  /** Last windows, newest last, for the dots. */
  windows: z.array(z.enum(["pass", "breach", "thin", "none"])),
  points: z.array(ComparePoint),
});

export const CompareView = z.object({
  application: z.string(),
  candidate: ReleaseRef,
  control: ReleaseRef.nullable(),
  mode: z.enum(["canary", "shadow"]),
  rollout: RolloutSummary.nullable(),
  freshness: Freshness,
  sentence: z.string(),
  tone: z.enum(["ok", "review", "breach", "info", "neutral"]),
  decision: z.enum(DECISIONS).nullable(),
  /** Reasons in words, one per violation or missing input; the worst first. */
  reasons: z.array(z.string()),
  violations: z.array(Violation),
  /** Words on what is better although the verdict is bad, and the reverse. */
  bothTruths: z.array(z.string()),
  changes: z.array(ComponentChange),
  traffic: z.object({
    /** 0–1, of canary + control requests in the range. */
    configuredShare: z.number().nullable(),
    observedShare: z.number().nullable(),
    candidateCount: z.number().int(),
    controlCount: z.number().int(),
    warning: z.string().nullable(),
  }),
  range: z.object({ from: Time, to: Time, stepMs: z.number(), windowMs: z.number() }),
  rows: z.array(CompareRow),
  /** Per configured segment value: the metrics whose threshold is broken or differs most. */
  segments: z.array(
    z.object({
      segment: z.string(),
      value: z.string(),
      cells: z.array(
        z.object({
          metric: z.string(),
          candidate: MetricPoint,
          control: MetricPoint,
          delta: z.number().nullable(),
          clear: z.boolean(),
          verdict: Verdict,
          undecided: z.boolean(),
        }),
      ),
    }),
  ),
  /** Deploys, rollbacks and pauses inside the range, for the flags on the charts. */
  events: z.array(
    z.object({
      at: Time,
      kind: z.enum(["deploy", "rollback", "pause", "step", "policy", "incident"]),
      label: z.string(),
    }),
  ),
  policy: z
    .object({
      name: z.string(),
      version: z.number().int(),
      evidence: z.enum(["confident", "window"]),
      sentences: z.array(z.string()),
    })
    .nullable(),
  incidentId: z.string().nullable(),
});
export type CompareView = z.input<typeof CompareView>;
