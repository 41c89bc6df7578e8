/**
 * Pointwise 95 % intervals of one window, for charts and tables. They are not valid under continuous looking: nothing
 * may be decided on them (see the evidence processes).
 */
import type { Metric } from "@/server/domain/metric/metric";
import type { Aggregate } from "./aggregate";
import { metricScale, withinRange } from "./aggregate";
import type { Histogram } from "./histogram";

/** Bounds of a value; a side that the data do not bound is absent. */
export interface Interval {
  readonly lower?: number;
  readonly upper?: number;
}

/** Two-sided 95 % point of the normal distribution. */
const Z95 = 1.959963984540054;

/** Wilson's score interval for `events` of `count` (Wilson 1927); nothing is known of an empty sample. */
export function wilsonInterval(events: number, count: number): Interval {
  if (count === 0) return {};
  const ratio = events / count;
  const z2 = Z95 * Z95;
  const centre = ratio + z2 / (2 * count);
  const half = Z95 * Math.sqrt((ratio * (1 - ratio)) / count + z2 / (4 * count * count));
  const norm = 1 + z2 / count;
  // At no events and at all events one bound is 0 or 1 exactly; rounding must not move it.
  return {
    lower: events === 0 ? 0 : (centre - half) / norm,
    upper: events === count ? 1 : (centre + half) / norm,
  };
}

/** Normal interval of a mean, in the aggregate's scaled units; needs two values. */
export function meanInterval({ count, sum, sumSq }: Readonly<Pick<Aggregate, "count" | "sum" | "sumSq">>): Interval {
  if (count < 2) return {};
  const mean = sum / count;
  const variance = Math.max(0, (sumSq - sum * mean) / (count - 1));
  const half = Z95 * Math.sqrt(variance / count);
  return { lower: mean - half, upper: mean + half };
}

/**
 * Interval of a quantile by order statistics: the number of values below the true quantile is binomial(n, q), so ranks
 * nq ± z·√(nq(1−q)) bracket it (Conover 1999, 3.2, rounded outward). In the histogram's scaled units; a rank outside
 * the sample bounds nothing.
 */
export function quantileInterval(histogram: Histogram, q: number): Interval {
  const n = histogram.count;
  const spread = Z95 * Math.sqrt(n * q * (1 - q));
  const lower = histogram.valueAtRank(Math.floor(n * q - spread) - 1);
  const upper = histogram.valueAtRank(Math.ceil(n * q + spread));
  return { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }) };
}

/** The interval of a metric's value in its own unit; sums and counts have none. */
export function metricInterval(metric: Metric, aggregate: Readonly<Aggregate>): Interval {
  switch (metric.kind) {
    case "rate":
      return wilsonInterval(aggregate.events, aggregate.count);
    case "mean":
    case "score":
      return unscaled(meanInterval(aggregate), metricScale(metric));
    case "quantile":
      if (aggregate.histogram === undefined) return {};
      return unscaled(inRange(quantileInterval(aggregate.histogram, metric.q), aggregate), metricScale(metric));
    case "sum":
    case "request_count":
      return {};
  }
}

function inRange({ lower, upper }: Interval, aggregate: Readonly<Aggregate>): Interval {
  return {
    ...(lower === undefined ? {} : { lower: withinRange(aggregate, lower) }),
    ...(upper === undefined ? {} : { upper: withinRange(aggregate, upper) }),
  };
}

function unscaled({ lower, upper }: Interval, scale: number): Interval {
  return {
    ...(lower === undefined ? {} : { lower: lower / scale }),
    ...(upper === undefined ? {} : { upper: upper / scale }),
  };
}
