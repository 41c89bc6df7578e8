/** A metric's value from an aggregate, with its sample size and pointwise interval, as every screen shows it. */
import type { Metric } from "@/server/domain/metric/metric";
import { metricValue, type Aggregate } from "@/server/domain/window/aggregate";
import { metricInterval } from "@/server/domain/window/interval";
import type { MetricPoint } from "./common-view";

/** No data is null, never zero. */
export function metricPoint(metric: Metric, aggregate: Readonly<Aggregate>): MetricPoint {
  const { lower, upper } = metricInterval(metric, aggregate);
  return {
    value: metricValue(metric, aggregate) ?? null,
    lower: lower ?? null,
    upper: upper ?? null,
    count: aggregate.count,
  };
}
