/** What a policy's thresholds become: the statement that is tested, what must be counted, and the defaults. */
import { describe, expect, test } from "vitest";
import { ruleOf } from "@/test/arbitraries/evidence";
import { defaultWeight } from "@/server/domain/evidence/metric-class";
import type { Metric } from "@/server/domain/metric/metric";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { controlHalvesRule, thresholdRule } from "@/server/domain/evidence/threshold-rule";
import type { ThresholdLimit } from "@/server/domain/evidence/threshold-rule";

const ttft: Metric = { kind: "quantile", q: 0.95, measure: "ttft_ms" };
const toxicity: Metric = { kind: "rate", event: "toxicity" };
const errors: Metric = { kind: "rate", event: "error" };
const completion: Metric = { kind: "rate", event: "task_completion" };
const groundedness: Metric = { kind: "score", name: "groundedness" };
const cost: Metric = { kind: "mean", measure: "cost_usd" };

describe("limits", () => {
  test("p95 ≤ 850 counts requests beyond 850 against 5 %, and blames a candidate with 10 % more of them than control", () => {
    expect(ruleOf({ metric: ttft, limit: { kind: "max", value: 850 } })).toMatchObject({
      test: {
        axis: "absolute",
        absolute: { kind: "rate", limit: 0.05 },
        twin: { kind: "rate", margin: { rho: 1.1, delta: 0 } },
      },
      counted: { source: { kind: "measure", name: "ttft_ms" }, event: { is: "above", limit: 850 }, sketch: false },
      sustainSec: 30,
      warmupSec: 0,
    });
  });

  test("a lower limit of a quantile counts what is below it", () => {
    const rule = ruleOf({ metric: { ...ttft, q: 0.05 }, limit: { kind: "min", value: 20 } });
    expect(rule).toMatchObject({ test: { absolute: { limit: 0.05 } }, counted: { event: { is: "below", limit: 20 } } });
  });

  test("a least rate becomes a greatest rate of the complement", () => {
    expect(ruleOf({ metric: completion, limit: { kind: "min", value: 0.91 } })).toMatchObject({
      test: { absolute: { kind: "rate", limit: 0.09 }, twin: { kind: "rate", margin: { rho: 1, delta: 0 } } },
      counted: { source: { kind: "event", name: "task_completion" }, event: { is: "missing" } },
      sustainSec: 0,
    });
  });

  test.each([
    { metric: toxicity, rho: 1, sustainSec: 0, weight: 2 },
    { metric: errors, rho: 1.2, sustainSec: 0, weight: 1 },
    { metric: ttft, rho: 1.1, sustainSec: 30, weight: 1 },
  ])("defaults of $metric", ({ metric, rho, sustainSec, weight }) => {
    const rule = ruleOf({ metric, limit: { kind: "max", value: 0.01 } });
    expect(rule).toMatchObject({ test: { twin: { margin: { rho, delta: 0 } } }, sustainSec });
    expect(rule).toMatchObject({ minEvents: 3, minSubjects: 3, minRequests: 0, beta: 0.05 });
    expect(defaultWeight(metric)).toBe(weight);
  });

  test("a least score is a mean in [0, 1] whose twin allows no loss", () => {
    expect(ruleOf({ metric: groundedness, limit: { kind: "min", value: 0.82 } })).toMatchObject({
      test: {
        absolute: { kind: "mean", side: "min", limit: 0.82, lo: 0, hi: 1 },
        twin: { kind: "mean", worse: "low", hi: 1, factor: 1 },
      },
      counted: { source: { kind: "score", name: "groundedness" }, event: { is: "below", limit: 0.82 } },
    });
  });

  test("a greatest mean has no upper bound, but for proofs extreme values count as eight times the limit", () => {
    const rule = ruleOf({ metric: cost, limit: { kind: "max", value: 0.01 } });
    expect(rule.test).toMatchObject({ absolute: { side: "max", lo: 0 }, twin: { worse: "high", factor: 1.1 } });
    const { absolute } = rule.test.axis === "absolute" ? rule.test : { absolute: undefined };
    const hi = absolute?.kind === "mean" ? absolute.hi : Number.NaN;
    expect(hi).toBeGreaterThanOrEqual(0.08);
    expect(hi).toBeLessThan(0.08 * 1.2);
    expect(rule.counted.tentEdges).toContain(hi);
  });

  test("attribution: none has no twin", () => {
    const rule = ruleOf({ metric: ttft, limit: { kind: "max", value: 850 }, attribution: "none" });
    expect(rule.test).toMatchObject({ twin: null });
  });

  test("a shadow's scores and safety rates are attributed by pairs", () => {
    const score = ruleOf({ metric: groundedness, limit: { kind: "min", value: 0.82 }, paired: true });
    expect(score).toMatchObject({
      test: { twin: { kind: "paired_mean", delta: 0.01 } },
      counted: { pair: { candidate: 1, control: -1 } },
    });
    const bad = ruleOf({
      metric: { kind: "score", name: "toxicity" },
      limit: { kind: "max", value: 0.1 },
      paired: true,
    });
    expect(bad.counted.pair).toEqual({ candidate: -1, control: 1 });
    const rate = ruleOf({ metric: toxicity, limit: { kind: "max", value: 0.004 }, paired: true });
    expect(rate).toMatchObject({ test: { twin: { kind: "paired_rate" } }, counted: { pair: {} } });
    // With a margin discordant pairs test another statement, so the arms are compared unpaired.
    const error = ruleOf({ metric: errors, limit: { kind: "max", value: 0.01 }, paired: true });
    expect(error.test).toMatchObject({ twin: { kind: "rate", margin: { rho: 1.2 } } });
  });
});

describe("changes against control", () => {
  test("a rate that may grow by a fifth", () => {
    expect(ruleOf({ metric: errors, limit: { kind: "max_increase", value: 0.2 } })).toMatchObject({
      test: { axis: "relative", relative: { kind: "rate", margin: { rho: 1.2, delta: 0 } } },
      counted: { event: { is: "happened" } },
    });
  });

  test("a rate that may fall by a twentieth is one of its complement, with the same meaning", () => {
    const rule = ruleOf({ metric: completion, limit: { kind: "max_decrease", value: 0.05 } });
    expect(rule).toMatchObject({
      test: { relative: { kind: "rate", margin: { rho: 0.95, delta: 0.05 } } },
      counted: { event: { is: "missing" } },
    });
    // At a control of 90 % a candidate of exactly 85.5 % is on the boundary: 14.5 % = 0.95·10 % + 5 %.
    expect(0.95 * 0.1 + 0.05).toBeCloseTo(1 - 0.95 * 0.9, 12);
  });

  test("a p95 compares its tail and the body of the distribution; a median only itself", () => {
    const rule = (q: number) => ruleOf({ metric: { ...ttft, q }, limit: { kind: "max_increase", value: 0.1 } }).test;
    expect(rule(0.95)).toMatchObject({
      relative: { kind: "quantile", worse: "high", factor: 1.1, cuts: [0.95, 0.75] },
    });
    expect(rule(0.5)).toMatchObject({ relative: { cuts: [0.5] } });
  });

  test("a mean cost that may grow by 15 %", () => {
    expect(ruleOf({ metric: cost, limit: { kind: "max_increase", value: 0.15 } })).toMatchObject({
      test: { relative: { kind: "mean", worse: "high", factor: 1.15, proofFactor: 1.15 } },
      counted: { source: { kind: "measure", name: "cost_usd" }, event: { is: "any" } },
    });
  });

  test("no increase at all is proved with a margin, since equality cannot be", () => {
    const rule = ruleOf({ metric: errors, limit: { kind: "max_increase", value: 0 } });
    expect(rule.test).toMatchObject({ relative: { margin: { rho: 1 }, proofMargin: { rho: 1.2 } } });
    const mean = ruleOf({ metric: groundedness, limit: { kind: "max_decrease", value: 0 } });
    expect(mean.test).toMatchObject({ relative: { worse: "low", factor: 1, proofFactor: 1 / 1.1 } });
  });

  test("pairs of scores: a margin by the mean difference, none by the shift test where a person looks", () => {
    const test = (value: number, action: "rollback" | "pause_for_review") =>
      ruleOf({ metric: groundedness, limit: { kind: "max_decrease", value }, action, paired: true });
    expect(test(0.05, "rollback")).toMatchObject({
      test: { relative: { kind: "paired_mean", delta: 0 } },
      counted: { pair: { candidate: 1, control: -0.95 } },
    });
    expect(test(0, "rollback").test).toMatchObject({ relative: { kind: "paired_mean", delta: 0.01 } });
    expect(test(0, "pause_for_review").test).toMatchObject({ relative: { kind: "paired_shift" } });
  });

  test("pairs stay within [−1, 1] for any scores", () => {
    for (const limit of [
      { kind: "max_increase", value: 0.5 },
      { kind: "max_decrease", value: 0.5 },
    ] as const) {
      const { candidate = 0, control = 0 } = ruleOf({ metric: groundedness, limit, paired: true }).counted.pair ?? {};
      for (const [b, a] of [
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        expect(Math.abs(candidate * b + control * a)).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe("thresholds that cannot be tested say why", () => {
  const cases: readonly { metric: Metric; limit: ThresholdLimit; says: RegExp }[] = [
    { metric: { kind: "request_count" }, limit: { kind: "min", value: 10 }, says: /grows with traffic/ },
    { metric: { kind: "sum", measure: "cost_usd" }, limit: { kind: "max", value: 10 }, says: /limit a mean or a rate/ },
    {
      metric: { kind: "sum", measure: "cost_usd" },
      limit: { kind: "max_increase", value: 1 },
      says: /cannot be compared/,
    },
    { metric: errors, limit: { kind: "max", value: 1 }, says: /from 0 to below 1/ },
    { metric: errors, limit: { kind: "max", value: -0.1 }, says: /from 0 to below 1/ },
    { metric: completion, limit: { kind: "min", value: 0 }, says: /above 0 up to 1/ },
    { metric: groundedness, limit: { kind: "min", value: 1 }, says: /between 0 and 1/ },
    { metric: cost, limit: { kind: "max", value: 0 }, says: /between 0 and 100/ },
    { metric: ttft, limit: { kind: "max", value: Number.NaN }, says: /finite/ },
    { metric: errors, limit: { kind: "max_increase", value: -0.1 }, says: /share of the control/ },
    { metric: errors, limit: { kind: "max_decrease", value: 1 }, says: /share of the control/ },
  ];

  test.each(cases)("$metric $limit", ({ metric, limit, says }) => {
    const result = thresholdRule({
      ruleId: "r",
      metricName: "the_metric",
      metric,
      limit,
      action: "rollback",
      alpha: 0.01,
      dispersion: { value: 1, assumed: false },
    });
    expect(result.ok ? "" : result.message).toMatch(says);
    expect(result.ok ? "" : result.message).toMatch(/^the_metric: /);
  });
});

describe("the same rule on two halves of the control", () => {
  test("keeps its budget and conditions, so that it measures the rule's own false alarms", () => {
    const rule = ruleOf({ metric: ttft, limit: { kind: "max", value: 850 }, warmupSec: 60 });
    expect(controlHalvesRule(rule)).toEqual({ ...rule, ruleId: "rule/control-halves", warmupSec: 0 });
  });

  test("fires when the halves differ, which no release explains", () => {
    const halves = controlHalvesRule(ruleOf({ metric: ttft, limit: { kind: "max", value: 850 } }));
    if (halves === undefined) throw new Error("the rule has a twin");
    let state = startRule(halves);
    const half = (events: number) => ({ n: 20, events, badSubjects: ["a", "b", "c"] });
    for (let i = 0; i < 30; i++) {
      const bucket = { startMs: i * 10_000, endMs: (i + 1) * 10_000, candidate: half(4), control: half(0) };
      state = advanceRule(state, bucket, halves);
    }
    expect(state.breachedAtMs).not.toBeNull();
  });

  test("is not there for rules without a comparison, nor for pairs", () => {
    const alone = ruleOf({ metric: ttft, limit: { kind: "max", value: 850 }, attribution: "none" });
    const pairs = ruleOf({ metric: groundedness, limit: { kind: "max_decrease", value: 0.05 }, paired: true });
    expect([controlHalvesRule(alone), controlHalvesRule(pairs)]).toEqual([undefined, undefined]);
  });
});
