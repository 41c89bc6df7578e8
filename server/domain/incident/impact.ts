/**
 * What a release cost its users beyond what the concurrent control would have: measured differences with intervals, never
 * estimates of what was not measured. Intervals are pointwise 95 % ones; nothing is decided on them.
 */
import type { Metric } from "@/server/domain/metric/metric";
import { higherIsWorse, metricLabel, metricName } from "@/server/domain/metric/metric";
import type { Sample } from "@/server/domain/policy/evaluation";
import { metricValue, type Aggregate } from "@/server/domain/window/aggregate";
import { differenceOf } from "@/server/domain/window/difference";
import { metricInterval } from "@/server/domain/window/interval";

/** A number with its interval; a bound is null where the data give none. */
export interface Bounded {
  readonly value: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** One metric of a release beside the control's, over the same time. */
export interface ImpactRow {
  readonly metric: string;
  readonly label: string;
  readonly candidate: Sample;
  readonly control: Sample;
  /** Candidate minus control, in the metric's unit; null where one side has no data. */
  readonly difference: (Bounded & { readonly clear: boolean }) | null;
  /** The interval excludes "no worse than the control"; null without a difference. */
  readonly worse: boolean | null;
  /** Bad requests, tokens or dollars beyond what the control's rate would have given; null where a sum means nothing. */
  readonly extra: (Bounded & { readonly unit: "requests" | "tokens" | "usd" }) | null;
}

/** A metric's value with its sample size and interval; no data is null, never zero. */
export function sampleOf(metric: Metric, aggregate: Readonly<Aggregate>): Sample {
  const { lower, upper } = metricInterval(metric, aggregate);
  const value = metricValue(metric, aggregate);
  return { count: aggregate.count, value: value ?? null, lower: lower ?? null, upper: upper ?? null };
}

/** Compares the sums of a release with those of the control in the same period. */
export function impactRow(
  metric: Metric,
  { candidate, control }: { candidate: Readonly<Aggregate>; control: Readonly<Aggregate> },
): ImpactRow {
  const own = sampleOf(metric, candidate);
  const other = sampleOf(metric, control);
  const difference = differenceBetween(own, other);
  return {
    metric: metricName(metric),
    label: metricLabel(metric),
    candidate: own,
    control: other,
    difference,
    worse: difference === null ? null : isWorse(metric, difference),
    extra: difference === null ? null : extraOf(metric, { difference, count: own.count }),
  };
}

function differenceBetween(candidate: Sample, control: Sample): ImpactRow["difference"] {
  if (candidate.value === null || control.value === null) return null;
  const { absolute, lower, upper, clear } = differenceOf(
    { value: candidate.value, ...definedBounds(candidate) },
    { value: control.value, ...definedBounds(control) },
  );
  return { value: absolute, lower, upper, clear };
}

function definedBounds({ lower, upper }: Sample): { lower?: number; upper?: number } {
  return { ...(lower === null ? {} : { lower }), ...(upper === null ? {} : { upper }) };
}

function isWorse(metric: Metric, { value, clear }: { value: number; clear: boolean }): boolean {
  return clear && (higherIsWorse(metric) ? value > 0 : value < 0);
}

/** Requests times the difference per request; for a rate that should be high, the requests that fell short. */
function extraOf(metric: Metric, { difference, count }: { difference: Bounded; count: number }): ImpactRow["extra"] {
  const unit = extraUnit(metric);
  if (unit === null) return null;
  const sign = higherIsWorse(metric) ? 1 : -1;
  const times = (bound: number | null): number | null => (bound === null ? null : sign * bound * count);
  const [low, high] = [times(difference.lower), times(difference.upper)];
  const [lower, upper] = sign === 1 ? [low, high] : [high, low];
  return { unit, value: sign * difference.value * count, lower, upper };
}

function extraUnit(metric: Metric): "requests" | "tokens" | "usd" | null {
  if (metric.kind === "rate") return "requests";
  if (metric.kind !== "mean") return null;
  if (metric.measure.endsWith("_tokens")) return "tokens";
  return metric.measure.endsWith("_usd") ? "usd" : null;
}
