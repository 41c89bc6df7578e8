import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import type { Metric } from "@/server/domain/metric/metric";
import { higherIsWorse, metricLabel, metricName, metricUnit, parseMetric } from "@/server/domain/metric/metric";

function metric(text: string): Metric {
  const parsed = parseMetric(text);
  if (parsed === undefined) throw new Error(`${text} is not a metric`);
  return parsed;
}

describe("metric names", () => {
  it.each([
    ["p95_ttft_ms", { kind: "quantile", q: 0.95, measure: "ttft_ms" }, "ms", "p95 time to first token", true],
    ["p99_duration_ms", { kind: "quantile", q: 0.99, measure: "duration_ms" }, "ms", "p99 duration", true],
    ["p99.9_duration_ms", { kind: "quantile", q: 0.999, measure: "duration_ms" }, "ms", "p99.9 duration", true],
    ["p1_queue_depth", { kind: "quantile", q: 0.01, measure: "queue_depth" }, "number", "p1 queue depth", true],
    ["mean_total_tokens", { kind: "mean", measure: "total_tokens" }, "tokens", "mean total tokens", true],
    ["mean_cost_usd", { kind: "mean", measure: "cost_usd" }, "usd", "mean cost", true],
    ["sum_cost_usd", { kind: "sum", measure: "cost_usd" }, "usd", "total cost", true],
    ["sum_total_tokens", { kind: "sum", measure: "total_tokens" }, "tokens", "sum of total tokens", true],
    ["error_rate", { kind: "rate", event: "error" }, "ratio", "error rate", true],
    ["policy_violation_rate", { kind: "rate", event: "policy_violation" }, "ratio", "policy violation rate", true],
    ["task_completion_rate", { kind: "rate", event: "task_completion" }, "ratio", "task completion rate", false],
    ["groundedness_score", { kind: "score", name: "groundedness" }, "score", "groundedness score", false],
    ["toxicity_score", { kind: "score", name: "toxicity" }, "score", "toxicity score", true],
    ["request_count", { kind: "request_count" }, "requests", "requests", false],
    ["mean_error_rate", { kind: "mean", measure: "error_rate" }, "number", "mean error rate", true],
  ])("reads %s", (text, parsed, unit, label, worse) => {
    expect(parseMetric(text)).toEqual(parsed);
    expect(metricUnit(metric(text))).toBe(unit);
    expect(metricLabel(metric(text))).toBe(label);
    expect(higherIsWorse(metric(text))).toBe(worse);
  });

  it.each([
    "",
    "p95",
    "p0_ttft_ms",
    "p100_ttft_ms",
    "p95.5_ttft_ms",
    "p095_x",
    "P95_ttft_ms",
    "mean_",
    "_rate",
    "ttft_ms",
  ])("refuses %s", (text) => expect(parseMetric(text)).toBeUndefined());

  it("reads back every name it writes", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
    const any = fc.oneof(
      fc.record({
        kind: fc.constant("quantile"),
        q: fc.integer({ min: 1, max: 99 }).map((p) => p / 100),
        measure: name,
      }),
      fc.record({
        kind: fc.constant("quantile"),
        q: fc.integer({ min: 1, max: 99 }).map((p) => (p * 10 + 9) / 1000),
        measure: name,
      }),
      fc.record({ kind: fc.constantFrom("mean", "sum"), measure: name }),
    );
    fc.assert(
      fc.property(any, (given) => {
        expect(parseMetric(metricName(given as Metric))).toEqual(given);
      }),
    );
  });
});

describe("metric values", () => {
  it.each([
    ["p95_ttft_ms", 910, "910 ms"],
    ["p95_ttft_ms", 910.4, "910 ms"],
    ["p95_ttft_ms", 9_990, "9\u202f990 ms"],
    ["p95_duration_ms", 12_400, "12\u202f400 ms"],
    ["p50_ttft_ms", 3.254, "3.25 ms"],
    ["toxicity_rate", 0.012, "1.2 %"],
    ["toxicity_rate", 0.004, "0.4 %"],
    ["toxicity_rate", 0.00004, "0.004 %"],
    ["error_rate", 0, "0 %"],
    ["task_completion_rate", 0.91, "91 %"],
    ["groundedness_score", 0.79, "0.79"],
    ["mean_cost_usd", 0.00184, "$1.84/1k"],
    ["mean_cost_usd", 1.5, "$1\u202f500/1k"],
    ["sum_cost_usd", 1234.5, "$1\u202f230"],
    ["p95_cost_usd", 0.0042, "$0.0042"],
    ["mean_total_tokens", 1240.2, "1\u202f240 tok"],
    ["mean_output_tokens", 12.34, "12.3 tok"],
    ["request_count", 1234567, "1\u202f234\u202f567"],
    ["mean_drift", 0.12345, "0.123"],
  ])("writes %s = %d as %s", (name, value, text) => {
    expect(formatMetricValue(metric(name), value)).toBe(text);
  });
});
