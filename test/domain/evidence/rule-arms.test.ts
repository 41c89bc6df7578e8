/** What a rule makes of its two arms: one that is empty or silent, values beyond all measure, and what it remembers. */
import { describe, expect, test } from "vitest";
import { ruleOf } from "@/test/arbitraries/evidence";
import { type ArmBucket, EMPTY_ARM } from "@/server/domain/evidence/bucket";
import { NO_MEMORY, rememberControl } from "@/server/domain/evidence/control-memory";
import { type RuleConfig, comparisonOf } from "@/server/domain/evidence/rule-config";
import { rememberMoments } from "@/server/domain/evidence/two-mean-kernel";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import { arm, bucketAt, feed, run, ttftRule } from "./rule-runs";

describe("an empty arm", () => {
  const errors = {
    ...ruleOf({ metric: { kind: "rate", event: "error" }, limit: { kind: "max_increase", value: 0 } }),
    warmupSec: 0,
  };

  test("the counts of both arms wait until the other has data, and then count as one block", () => {
    const waiting = run(errors, 5, arm(10, 4), EMPTY_ARM);
    expect(waiting.values.m).toBeCloseTo(0.5, 2);
    const block = feed(waiting, errors, { from: 5, ticks: 1, candidate: EMPTY_ARM, control: arm(50, 0) });
    const atOnce = advanceRule(startRule(errors), { ...bucketAt(5, arm(50, 20), arm(50, 0)) }, errors);
    expect(block.relative?.block).toBeNull();
    expect(block.values.m / atOnce.values.m).toBeCloseTo(1, 2);
  });

  test("a block that stays open for half an hour is dropped: its arms are no longer concurrent", () => {
    const lonely = run(errors, 181, arm(10, 4), EMPTY_ARM);
    expect(lonely.relative?.block).toBeNull();
    const joined = feed(lonely, errors, { from: 181, ticks: 1, candidate: EMPTY_ARM, control: arm(50, 0) });
    expect(joined.values.m).toBeLessThan(1);
  });

  test("the reference of a comparison does not learn from a block before it is used", () => {
    const rule = {
      ...ruleOf({
        metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
        limit: { kind: "max_increase", value: 0.1 },
      }),
      warmupSec: 0,
    };
    const fast: ArmBucket = { n: 30, events: 30, badSubjects: [], bins: [[300, 30]] };
    const first = advanceRule(startRule(rule), bucketAt(0, EMPTY_ARM, fast), rule);
    expect(first.relative?.memory.bins).toEqual([]);
    const closed = advanceRule(first, bucketAt(1, fast, EMPTY_ARM), rule);
    expect(closed.relative?.memory.bins).toEqual([[300, 30]]);
    expect(closed.values.m).toBeCloseTo(0.5, 2);
  });
});

describe("extreme values", () => {
  const limit = ruleOf({ metric: { kind: "mean", measure: "cost_usd" }, limit: { kind: "max", value: 0.01 } });
  const change = ruleOf({
    metric: { kind: "mean", measure: "cost_usd" },
    limit: { kind: "max_increase", value: 0.15 },
  });

  function costs(config: RuleConfig, values: readonly number[]): ArmBucket {
    const edges = config.counted.tentEdges ?? [];
    const tent = emptyTent(edges);
    for (const value of values) tentAdd(tent, edges, value);
    return { n: values.length, events: values.length, badSubjects: ["a", "b", "c"], tent };
  }

  test("count as eight times the limit in a proof, and the proof stays a number", () => {
    const config = { ...limit, warmupSec: 0 };
    const proofLog = (outlier: number) =>
      advanceRule(startRule(config), bucketAt(0, costs(config, [0.005, outlier])), config).values.proofLog;
    expect(Number.isFinite(proofLog(50))).toBe(true);
    expect(proofLog(50)).toBe(proofLog(5));
  });

  test("count as ten deviations over the control's mean in a comparison", () => {
    const config = { ...change, warmupSec: 0 };
    const usual = Array.from({ length: 40 }, (_, i) => 0.01 + (i % 5) * 0.001);
    const m = (outlier: number) => {
      let state = startRule(config);
      for (let i = 0; i < 5; i++)
        state = advanceRule(state, bucketAt(i, costs(config, usual), costs(config, usual)), config);
      return advanceRule(state, bucketAt(5, costs(config, [...usual, outlier]), costs(config, usual)), config).values.m;
    };
    expect(m(50)).toBe(m(5));
    expect(m(50)).toBeGreaterThan(m(0.01));
  });
});

describe("what is remembered of the control", () => {
  test("falls to 1/e in half an hour", () => {
    const tick = { edges: SCORE_EDGES, mass: emptyTent(SCORE_EDGES), elapsedSec: 1_800 };
    const { n, sum, sumSq } = rememberMoments({ n: 100, sum: 50, sumSq: 30 }, tick);
    expect([n, sum, sumSq].map((x) => x * Math.E)).toEqual([100, 50, 30].map((x) => expect.closeTo(x, 9)));
    const rule = ruleOf({
      metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
      limit: { kind: "max_increase", value: 0 },
    });
    const test = comparisonOf(rule);
    if (test === null) throw new Error("the rule compares");
    const past = { ...NO_MEMORY, bins: [[299, 1e-6] as const, [300, 100] as const] };
    const control: ArmBucket = { n: 1, events: 1, badSubjects: [], bins: [[301, 1]] };
    const { bins } = rememberControl(past, test, { control, elapsedSec: 1_800 });
    expect(bins).toEqual([
      [300, expect.closeTo(100 / Math.E, 9)],
      [301, 1],
    ]);
  });

  test("of subjects with bad events are three, however many there were", () => {
    const config = ttftRule();
    let state = startRule(config);
    for (let i = 0; i < 20; i++)
      state = advanceRule(state, bucketAt(i, arm(5, 3, [`a${i}`, `b${i}`, `c${i}`])), config);
    expect(state.badSubjects).toEqual(["a0", "a1", "a10"]);
  });
});

describe("silence", () => {
  test("of the candidate while the control speaks is no data, after three buckets", () => {
    const config = ttftRule();
    const busy = run(config, 20, arm(20, 0), arm(20, 0));
    const quiet = (ticks: number) => feed(busy, config, { from: 20, ticks, candidate: EMPTY_ARM, control: arm(20, 0) });
    expect(readRule(quiet(4), config).status).toBe("ok");
    expect(readRule(quiet(5), config).status).toBe("no_data");
  });

  test("is judged by the usual gap: a request a minute is not silent after a minute", () => {
    const config = ttftRule();
    let state = startRule(config);
    for (let i = 0; i < 60; i++)
      state = advanceRule(state, bucketAt(i, i % 6 === 0 ? arm(1, 0) : EMPTY_ARM, arm(20, 0)), config);
    const later = (ticks: number) =>
      feed(state, config, { from: 60, ticks, candidate: EMPTY_ARM, control: arm(20, 0) });
    expect(readRule(later(6), config).status).toBe("collecting");
    expect(readRule(later(26), config).status).toBe("no_data");
  });

  test("of both arms says nothing about the candidate", () => {
    const config = ttftRule();
    const busy = run(config, 20, arm(20, 0), arm(20, 0));
    expect(readRule(feed(busy, config, { from: 20, ticks: 30, candidate: EMPTY_ARM }), config).status).toBe("ok");
  });

  test("from the start is no data", () => {
    const config = ttftRule();
    expect(readRule(run(config, 4, EMPTY_ARM, arm(20, 0)), config).status).toBe("no_data");
  });

  test("never proves health and only adds the prior weight", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 8_640, EMPTY_ARM, EMPTY_ARM), config);
    expect(reading).toMatchObject({ proven: false, status: "collecting", n: 0 });
    expect(reading.budget).toBeCloseTo(1, 9);
  });
});
