/**
 * Reads the windows that a rollout's rules are judged on. Windows end at evaluation instants that lie 10 s apart, so
 * that the same instants are judged however often, and on whichever machine, the controller looks.
 */
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Sample } from "@/server/domain/policy/evaluation";
import type { RuleWindows } from "@/server/domain/policy/evaluate-windows";
import type { Policy, Threshold } from "@/server/domain/policy/policy";
import type { Track } from "@/server/domain/vocabulary";
import { metricValue } from "@/server/domain/window/aggregate";
import { metricInterval } from "@/server/domain/window/interval";
import { alignDown } from "@/server/domain/window/window";
import type { ArmScope, EvaluationTelemetry } from "./evaluation-telemetry";

/** Evaluation instants are multiples of this: the width of a rollup bucket. */
export const EVALUATION_STEP_MS = 10_000;

/** Values of one segment key that are judged at most; the busiest ones. */
const MAX_SEGMENT_VALUES = 50;

/** Who is compared with whom. */
export interface Comparison {
  application: string;
  candidateId: string;
  /** Null for the first release of an alias: there is no control. */
  controlId: string | null;
  candidateTrack: Track;
  /** When the candidate began to be served (or shadowed): evidence is of what arrived from then on, epoch ms. */
  sinceMs: number;
  /** Requests with an earlier time of their own are not of this comparison; at most `sinceMs`, epoch ms. */
  dataFromMs: number;
}

/** The newest instant whose windows are settled. */
export function settledInstant(nowMs: number, settleMs: number): number {
  return alignDown(nowMs - settleMs, EVALUATION_STEP_MS);
}

/** The windows of every rule of the policy, per segment value where a threshold has segments. */
export function readRuleWindows(
  telemetry: EvaluationTelemetry,
  { comparison, policy, atMs }: { comparison: Comparison; policy: Policy; atMs: number },
): RuleWindows[] {
  const valuesOf = segmentValuesReader(telemetry, comparison, atMs);
  return policy.thresholds.flatMap((threshold) => {
    const whole = readWindowsOfRule(telemetry, { comparison, threshold, atMs });
    const perSegment = threshold.segments.flatMap((key) =>
      valuesOf(key).map((value) =>
        readWindowsOfRule(telemetry, { comparison, threshold, atMs, segment: { key, value } }),
      ),
    );
    return [whole, ...perSegment];
  });
}

/** Each key is looked up once, however many thresholds ask for it. */
function segmentValuesReader(
  telemetry: EvaluationTelemetry,
  { application, candidateId, dataFromMs }: Comparison,
  atMs: number,
): (key: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (key) => {
    const values =
      known.get(key) ??
      telemetry
        .segmentValues({
          application,
          releaseId: candidateId,
          key,
          fromMs: dataFromMs,
          toMs: atMs,
          limit: MAX_SEGMENT_VALUES,
        })
        .map(({ value }) => value);
    known.set(key, values);
    return values;
  };
}

/** One rule and the instant it is judged at. */
export interface OneRule {
  comparison: Comparison;
  threshold: Threshold;
  atMs: number;
  segment?: { key: string; value: string };
}

/** The windows of one rule, over all requests or one segment value. */
export function readWindowsOfRule(telemetry: EvaluationTelemetry, rule: OneRule): RuleWindows {
  const { comparison, threshold, segment } = rule;
  const { application, candidateId, controlId, candidateTrack } = comparison;
  const within = segment === undefined ? {} : { segment };
  const candidate: ArmScope = { application, releaseId: candidateId, track: candidateTrack, ...within };
  const control: ArmScope | undefined =
    controlId === null ? undefined : { application, releaseId: controlId, track: "control", ...within };
  return {
    threshold,
    ...(segment === undefined ? {} : { segment: `${segment.key}=${segment.value}` }),
    candidate: readSamples(telemetry, rule, candidate),
    control: control === undefined ? [] : readSamples(telemetry, rule, control),
  };
}

/** As many windows as the threshold wants in a row, each one evaluation step after the other, oldest first. */
function readSamples(
  telemetry: EvaluationTelemetry,
  { threshold, atMs, comparison }: OneRule,
  scope: ArmScope,
): Sample[] {
  const measure = aggregateKey(threshold.metric);
  return Array.from({ length: threshold.consecutive }, (_, index) => {
    const toMs = atMs - (threshold.consecutive - 1 - index) * EVALUATION_STEP_MS;
    const fromMs = Math.max(toMs - threshold.windowMs, alignDown(comparison.dataFromMs, EVALUATION_STEP_MS));
    if (fromMs >= toMs) return { count: 0, value: null, lower: null, upper: null };
    const aggregate = telemetry.aggregate({ ...scope, measure, fromMs, toMs });
    const { lower, upper } = metricInterval(threshold.metric, aggregate);
    return {
      count: aggregate.count,
      value: metricValue(threshold.metric, aggregate) ?? null,
      lower: lower ?? null,
      upper: upper ?? null,
    };
  });
}
