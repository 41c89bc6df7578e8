/**
 * The mergeable sums from which every metric is read. Values are held in scaled units (see `scaleOf`), whole numbers,
 * so that merging is exact in any order as long as sums stay below 2^53.
 */
import type { Metric } from "@/server/domain/metric/metric";
import { measureUnit } from "@/server/domain/metric/metric";
import { Histogram } from "./histogram";

/**
 * Sums over requests. For a measure or score: `count`, `sum`, `sumSq`, `min`, `max` and `histogram` of the values; for
 * an event: `count` requests of which `events` had it. `min`/`max` are ±Infinity while there is no value.
 */
export interface Aggregate {
  count: number;
  sum: number;
  sumSq: number;
  min: number;
  max: number;
  events: number;
  histogram?: Histogram;
}

/** The aggregate of nothing. Pass a histogram where quantiles are wanted. */
export function emptyAggregate(histogram?: Histogram): Aggregate {
  const empty = { count: 0, sum: 0, sumSq: 0, min: Infinity, max: -Infinity, events: 0 };
  return histogram === undefined ? empty : { ...empty, histogram };
}

/** Adds one value in scaled units, in place. */
export function addValue(aggregate: Aggregate, value: number): void {
  aggregate.count += 1;
  aggregate.sum += value;
  aggregate.sumSq += value * value;
  if (value < aggregate.min) aggregate.min = value;
  if (value > aggregate.max) aggregate.max = value;
  aggregate.histogram?.add(value);
}

/** Adds one request for which it is known whether the event happened, in place. */
export function addEvent(aggregate: Aggregate, happened: boolean): void {
  aggregate.count += 1;
  if (happened) aggregate.events += 1;
}

/** The aggregate of everything in `parts`; associative and order-free. The parts stay as they are. */
export function mergeAggregates(parts: Iterable<Readonly<Aggregate>>): Aggregate {
  const merged = emptyAggregate();
  for (const part of parts) {
    merged.count += part.count;
    merged.sum += part.sum;
    merged.sumSq += part.sumSq;
    merged.events += part.events;
    merged.min = Math.min(merged.min, part.min);
    merged.max = Math.max(merged.max, part.max);
    if (part.histogram !== undefined) {
      merged.histogram ??= new Histogram();
      merged.histogram.merge(part.histogram);
    }
  }
  return merged;
}

/**
 * Scaled units in one unit of the measure: microseconds in a millisecond, micro-dollars in a dollar, one token, and
 * millionths of everything else, scores included.
 */
export function scaleOf(measure: string): number {
  switch (measureUnit(measure)) {
    case "ms":
      return 1_000;
    case "tokens":
      return 1;
    case "usd":
    case "number":
      return SCORE_SCALE;
  }
}

/** Scaled units in a score of 1. */
export const SCORE_SCALE = 1_000_000;

/** The scale of a metric's values: 1 for rates and counts. */
export function metricScale(metric: Metric): number {
  switch (metric.kind) {
    case "quantile":
    case "mean":
    case "sum":
      return scaleOf(metric.measure);
    case "score":
      return SCORE_SCALE;
    case "rate":
    case "request_count":
      return 1;
  }
}

/**
 * The metric's value in its own unit (ms, USD, 0–1, …).
 *
 * @returns undefined for no data; only `request_count` of nothing is a value, 0. A quantile needs a histogram.
 */
export function metricValue(metric: Metric, aggregate: Readonly<Aggregate>): number | undefined {
  if (metric.kind === "request_count") return aggregate.count;
  if (aggregate.count === 0) return undefined;
  const scale = metricScale(metric);
  switch (metric.kind) {
    case "quantile": {
      const scaled = aggregate.histogram?.quantile(metric.q);
      return scaled === undefined ? undefined : withinRange(aggregate, scaled) / scale;
    }
    case "mean":
    case "score":
      return aggregate.sum / aggregate.count / scale;
    case "sum":
      return aggregate.sum / scale;
    case "rate":
      return aggregate.events / aggregate.count;
  }
}

/**
 * A histogram's value moved into the range of the values behind it. A bin stands for values that lie up to 1 % away, and
 * requests that all took 850 ms must not be read as 858: equality is never a breach.
 */
export function withinRange({ min, max }: Readonly<Aggregate>, value: number): number {
  return min > max ? value : Math.min(max, Math.max(min, value));
}
