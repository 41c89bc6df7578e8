/** How a metric's value is written for people. Never parse what this writes. */
import { quantityApartFrom, quantityWords } from "@/server/domain/words/number-words";
import type { Metric } from "./metric";
import { metricUnit } from "./metric";

/** A sum of money is plain dollars; the mean is per request and written per thousand, because one costs too little to read. */
function displayUnit(metric: Metric): string {
  const unit = metricUnit(metric);
  return unit === "usd" && metric.kind !== "mean" ? "usd_total" : unit;
}

/** `910 ms`, `1.2 %`, `0.004 %`, `620 tok`, `0.79`, `$1.84/1k`. */
export function formatMetricValue(metric: Metric, value: number): string {
  return quantityWords(value, displayUnit(metric));
}

/** As {@link formatMetricValue}, precise enough to tell `value` from the limit that it breaks. */
export function formatBeyond(metric: Metric, value: number, limit: number): string {
  return quantityApartFrom(value, limit, displayUnit(metric));
}
