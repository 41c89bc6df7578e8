/** The limits beyond which values are counted exactly as they arrive: one source for the intake and for a replay. */
import { aggregateKey, type AggregateKey } from "@/server/domain/metric/metric-source";
import { metricScale } from "@/server/domain/window/aggregate";
import type { Policy } from "./policy";

/** A limit on a measure or score, in scaled units; a value beyond it is bad. */
export interface CountedLimit {
  readonly limit: number;
  readonly side: "above" | "below";
}

/** The policy's absolute limits on values, by what they are read from. Those on rates need no count of their own. */
export function countedLimits(policy: Policy): ReadonlyMap<AggregateKey, readonly CountedLimit[]> {
  const limits = new Map<AggregateKey, CountedLimit[]>();
  for (const { metric, bound } of policy.thresholds) {
    if (!("limit" in bound) || (metric.kind !== "quantile" && metric.kind !== "mean" && metric.kind !== "score")) {
      continue;
    }
    const key = aggregateKey(metric);
    const limit: CountedLimit = {
      limit: bound.limit * metricScale(metric),
      side: bound.kind === "max" ? "above" : "below",
    };
    const known = limits.get(key) ?? [];
    if (!known.some((entry) => entry.limit === limit.limit && entry.side === limit.side)) known.push(limit);
    limits.set(key, known);
  }
  return limits;
}
