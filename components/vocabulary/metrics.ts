/** What a metric's name alone tells a page. Pure. */

import { higherIsWorse, metricLabel, metricUnit, parseMetric } from "@/server/domain/metric/metric";
import { displayUnit } from "./metric-display";

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

/** Whether more of this metric is worse, where an answer does not say. */
export function isWorseHigh(name: string): boolean {
  const metric = parseMetric(name);
  return metric === undefined || higherIsWorse(metric);
}
