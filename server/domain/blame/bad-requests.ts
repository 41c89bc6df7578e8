/** Counting requests as bad or not, by the limit that was broken: what blame compares between releases. */
import { higherIsWorse, type Metric } from "@/server/domain/metric/metric";
import { metricScale, type Aggregate } from "@/server/domain/window/aggregate";
import type { Arm } from "./effect";

/**
 * The bad requests among those that were measured. Of a rate, the event itself; of a latency or a score with an absolute
 * `limit`, values beyond it, as far as the histogram is sure. Undefined where single requests cannot be told good from bad.
 */
export function badRequests(
  metric: Metric,
  { aggregate, limit }: { aggregate: Readonly<Aggregate>; limit: number | undefined },
): Arm | undefined {
  const { count, events, histogram } = aggregate;
  const upward = higherIsWorse(metric);
  if (metric.kind === "rate") return { bad: upward ? events : count - events, count };
  if (metric.kind !== "quantile" && metric.kind !== "score") return undefined;
  if (count === 0) return { bad: 0, count: 0 };
  if (limit === undefined || histogram === undefined) return undefined;
  const scaled = limit * metricScale(metric);
  return { bad: upward ? histogram.countAbove(scaled) : histogram.countBelow(scaled), count };
}
