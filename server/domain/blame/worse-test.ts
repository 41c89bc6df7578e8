/** How surprising it is that a release is worse than its control by so much, if it is not. */
import { higherIsWorse, type Metric } from "@/server/domain/metric/metric";
import type { Aggregate } from "@/server/domain/window/aggregate";
import { upperTail } from "./normal";

type Sums = Readonly<Aggregate>;

/**
 * One-sided p-value of "the candidate is worse": the pooled score test of two proportions for a rate, Welch's for a mean or
 * score. Undefined without data on both sides, and for quantiles, whose sums tell no variance.
 */
export function worsePValue(
  metric: Metric,
  { candidate, control }: { candidate: Sums; control: Sums },
): number | undefined {
  if (candidate.count === 0 || control.count === 0) return undefined;
  const z = metric.kind === "rate" ? proportionZ(candidate, control) : meanZ(metric, candidate, control);
  return z === undefined ? undefined : upperTail(higherIsWorse(metric) ? z : -z);
}

function proportionZ(candidate: Sums, control: Sums): number {
  const pooled = (candidate.events + control.events) / (candidate.count + control.count);
  const variance = pooled * (1 - pooled) * (1 / candidate.count + 1 / control.count);
  const difference = candidate.events / candidate.count - control.events / control.count;
  return variance === 0 ? 0 : difference / Math.sqrt(variance);
}

function meanZ(metric: Metric, candidate: Sums, control: Sums): number | undefined {
  if (metric.kind !== "mean" && metric.kind !== "score") return undefined;
  if (candidate.count < 2 || control.count < 2) return undefined;
  const variance = squaredError(candidate) + squaredError(control);
  const difference = candidate.sum / candidate.count - control.sum / control.count;
  return variance === 0 ? 0 : difference / Math.sqrt(variance);
}

/** Of the mean. */
function squaredError({ count, sum, sumSq }: Sums): number {
  return Math.max(0, (sumSq - (sum * sum) / count) / (count - 1)) / count;
}
