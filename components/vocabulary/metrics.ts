/** From a metric's unit in the domain to how a page writes and draws it. Pure. */

import { higherIsWorse, metricLabel, metricUnit, parseMetric } from "@/server/domain/metric/metric";

/** The unit of a metric by its name; empty for a name outside the grammar. */
export function unitOfMetric(name: string): string {
  const metric = parseMetric(name);
  return metric === undefined ? "" : displayUnit(name, metricUnit(metric));
}

/** A metric in words, `p95 time to first token`; its name where it is outside the grammar. */
export function labelOfMetric(name: string): string {
  const metric = parseMetric(name);
  return metric === undefined ? name : metricLabel(metric);
}

/** A sum of money is plain dollars; a mean is per request and written per thousand. */
export function displayUnit(metric: string, unit: string): string {
  return unit === "usd" && metric.startsWith("sum_") ? "usd_total" : unit;
}

/**
 * Rates of bad things, money, tokens and counts are drawn from zero; latency, scores and rates of good things, which
 * live near their top, may be cut.
 */
export function startsAtZero(unit: string, higherIsWorse: boolean): boolean {
  if (unit === "ratio") return higherIsWorse;
  return unit !== "ms" && unit !== "score";
}

/** Whether more of this metric is worse, where an answer does not say. */
export function isWorseHigh(name: string): boolean {
  const metric = parseMetric(name);
  return metric === undefined || higherIsWorse(metric);
}
