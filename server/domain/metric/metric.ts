/**
 * The grammar of metric names, and what a metric measures: its unit, its words, which direction is worse. It says
 * nothing about where the numbers come from.
 */

/** Measures every gateway can send; any other name of the grammar is a measure too. */
export const MEASURES = [
  "ttft_ms",
  "duration_ms",
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "reasoning_tokens",
  "cost_usd",
] as const;

/** Yes/no outcomes of a request that the product knows by name; any other name of the grammar is an event too. */
export const EVENTS = ["error", "refusal", "toxicity", "policy_violation", "task_completion"] as const;

/** A parsed metric. `q` is 0–1; `measure`, `event` and `name` match `[a-z][a-z0-9_]*`. */
export type Metric =
  | { readonly kind: "quantile"; readonly q: number; readonly measure: string }
  | { readonly kind: "mean"; readonly measure: string }
  | { readonly kind: "sum"; readonly measure: string }
  | { readonly kind: "rate"; readonly event: string }
  | { readonly kind: "score"; readonly name: string }
  | { readonly kind: "request_count" };

/** The unit of a metric's value. A `ratio` is 0–1; `number` is a measure whose name tells no unit. */
export type MetricUnit = "ms" | "tokens" | "usd" | "ratio" | "score" | "requests" | "number";

const NAME = "[a-z][a-z0-9_]*";
const QUANTILE = new RegExp(`^p([1-9][0-9]?)(\\.9)?_(${NAME})$`);
const MEAN_OR_SUM = new RegExp(`^(mean|sum)_(${NAME})$`);
const RATE_OR_SCORE = new RegExp(`^(${NAME})_(rate|score)$`);

/**
 * Reads a metric's name: `p<1-99[.9]>_<measure>`, `mean_<measure>`, `sum_<measure>`, `<event>_rate`, `<score>_score`,
 * `request_count`. A prefix wins over a suffix: `mean_error_rate` is the mean of the measure `error_rate`.
 */
export function parseMetric(text: string): Metric | undefined {
  if (text === "request_count") return { kind: "request_count" };
  const [, percent, tenth, quantileOf] = QUANTILE.exec(text) ?? [];
  if (percent !== undefined && quantileOf !== undefined) {
    // Tenths of a percent, so that p99.9 is 0.999 and not 0.9990000000000001.
    return { kind: "quantile", q: (Number(percent) * 10 + (tenth === undefined ? 0 : 9)) / 1000, measure: quantileOf };
  }
  const [, statistic, measure] = MEAN_OR_SUM.exec(text) ?? [];
  if (measure !== undefined) return { kind: statistic === "mean" ? "mean" : "sum", measure };
  const [, name, suffix] = RATE_OR_SCORE.exec(text) ?? [];
  if (name === undefined) return undefined;
  return suffix === "rate" ? { kind: "rate", event: name } : { kind: "score", name };
}

/** The name that `parseMetric` reads. */
export function metricName(metric: Metric): string {
  switch (metric.kind) {
    case "quantile":
      return `${percentile(metric.q)}_${metric.measure}`;
    case "mean":
    case "sum":
      return `${metric.kind}_${metric.measure}`;
    case "rate":
      return `${metric.event}_rate`;
    case "score":
      return `${metric.name}_score`;
    case "request_count":
      return "request_count";
  }
}

/** The unit of the metric's value. */
export function metricUnit(metric: Metric): MetricUnit {
  switch (metric.kind) {
    case "quantile":
    case "mean":
    case "sum":
      return measureUnit(metric.measure);
    case "rate":
      return "ratio";
    case "score":
      return "score";
    case "request_count":
      return "requests";
  }
}

/** The unit a measure's name tells by its ending. */
export function measureUnit(measure: string): "ms" | "tokens" | "usd" | "number" {
  if (measure.endsWith("_ms")) return "ms";
  if (measure.endsWith("_tokens")) return "tokens";
  return measure.endsWith("_usd") ? "usd" : "number";
}

const MEASURE_WORDS: ReadonlyMap<string, string> = new Map([
  ["ttft_ms", "time to first token"],
  ["duration_ms", "duration"],
  ["cost_usd", "cost"],
]);

/** The metric in words: `p95 time to first token`, `mean cost`, `policy violation rate`. */
export function metricLabel(metric: Metric): string {
  switch (metric.kind) {
    case "quantile":
      return `${percentile(metric.q)} ${measureLabel(metric.measure)}`;
    case "mean":
      return `mean ${measureLabel(metric.measure)}`;
    case "sum":
      return `${metric.measure.startsWith("total_") ? "sum of" : "total"} ${measureLabel(metric.measure)}`;
    case "rate":
      return `${words(metric.event)} rate`;
    case "score":
      return `${words(metric.name)} score`;
    case "request_count":
      return "requests";
  }
}

const BAD_THINGS: ReadonlySet<string> = new Set(["error", "refusal", "toxicity", "policy_violation", "hallucination"]);

/**
 * Whether a higher value is worse, for colours and arrows where no threshold says so: latency, tokens, cost and rates
 * are, completed tasks, requests and scores are not, but for scores of something bad.
 */
export function higherIsWorse(metric: Metric): boolean {
  switch (metric.kind) {
    case "rate":
      return metric.event !== "task_completion";
    case "score":
      return BAD_THINGS.has(metric.name);
    case "request_count":
      return false;
    case "quantile":
    case "mean":
    case "sum":
      return true;
  }
}

function percentile(q: number): string {
  return `p${Math.round(q * 1000) / 10}`;
}

function measureLabel(measure: string): string {
  return MEASURE_WORDS.get(measure) ?? words(measure.replace(/_(ms|usd)$/, ""));
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}
