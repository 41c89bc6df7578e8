/** A broken limit as a person reads it. The contract's own words are the violation's `message`. */
import { formatBeyond, formatMetricValue } from "@/server/domain/metric/format-metric";
import { metricLabel, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { significantWords } from "@/server/domain/words/number-words";

interface Broken {
  readonly metric: string;
  readonly observed: number;
  readonly threshold: number;
  /** The concurrent control's value, for a relative limit. */
  readonly control?: number | undefined;
  readonly window: string;
  readonly segment?: string | undefined;
}

/**
 * `task completion rate is 51.6 %, below the limit of 91 % over 1m in region=us-west`, or
 * `mean cost is $4.60/1k, 15.3 % above the control’s $3.99/1k over 30m (limit 15 %)`.
 */
export function violationWords(broken: Broken): string {
  const { window, segment } = broken;
  const where = segment === undefined ? "" : ` in ${segment}`;
  const metric = parseMetric(broken.metric);
  if (metric === undefined) return `${broken.metric} is beyond its limit over ${window}${where}`;
  const clause = broken.control === undefined ? absolute(metric, broken) : relative(metric, broken, broken.control);
  const limit = broken.control === undefined ? "" : ` (limit ${significantWords(broken.threshold * 100, 6)} %)`;
  return `${metricLabel(metric)} is ${clause} over ${window}${limit}${where}`;
}

function absolute(metric: Metric, { observed, threshold }: Broken): string {
  const side = observed > threshold ? "above" : "below";
  return `${formatBeyond(metric, observed, threshold)}, ${side} the limit of ${formatBeyond(metric, threshold, observed)}`;
}

function relative(metric: Metric, { observed }: Broken, control: number): string {
  const side = observed > control ? "above" : "below";
  const by = control === 0 ? "" : `${significantWords((Math.abs(observed - control) / Math.abs(control)) * 100)} % `;
  return `${formatBeyond(metric, observed, control)}, ${by}${side} the control’s ${formatMetricValue(metric, control)}`;
}
