/** Which stored aggregate a metric is read from. Measures, events and scores have names of their own and never mix. */
import type { Metric } from "./metric";

/** `ttft_ms`, `event:error`, `score:groundedness`; `requests` for counts: the key of a series in the rollups. */
export type AggregateKey = string;

/** The key under which telemetry keeps the sums this metric is read from. */
export function aggregateKey(metric: Metric): AggregateKey {
  switch (metric.kind) {
    case "quantile":
    case "mean":
    case "sum":
      return metric.measure;
    case "rate":
      return `event:${metric.event}`;
    case "score":
      return `score:${metric.name}`;
    case "request_count":
      return "requests";
  }
}

/** What telemetry is asked for to read all of these metrics: each key once, and those that quantiles are read from. */
export function measuresOf(metrics: readonly Metric[]): { measures: AggregateKey[]; quantilesOf: AggregateKey[] } {
  const keys = (some: readonly Metric[]): AggregateKey[] => [...new Set(some.map(aggregateKey))];
  return { measures: keys(metrics), quantilesOf: keys(metrics.filter(({ kind }) => kind === "quantile")) };
}

/** The key of the sums over pairs of a shadow and its original: how much the first is greater, plus 1. */
export function pairKey(key: AggregateKey): AggregateKey {
  return `pair:${key}`;
}
