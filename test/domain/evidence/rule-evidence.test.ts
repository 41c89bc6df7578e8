/** The life of one rule from bucket to bucket: which data count, when it breaches, when it is proved, what it remembers. */
import { describe, expect, test } from "vitest";
import { bucketTimes, ruleOf } from "@/test/arbitraries/evidence";
import type { ArmBucket, EvidenceBucket, PairBucket } from "@/server/domain/evidence/bucket";
import { EMPTY_ARM } from "@/server/domain/evidence/bucket";
import { moreNeeded } from "@/server/domain/evidence/needed-observations";
import { NO_MEMORY, rememberControl } from "@/server/domain/evidence/control-memory";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { comparisonOf } from "@/server/domain/evidence/rule-config";
import { rememberMoments } from "@/server/domain/evidence/two-mean-kernel";
import type { RuleEvidence } from "@/server/domain/evidence/rule-evidence";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { DIFFERENCE_EDGES, SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";

/** `p95_ttft_ms: { max: 850 }` without warm-up and sustain, unless overridden. */
function ttftRule(overrides: Partial<RuleConfig> = {}): RuleConfig {
  const rule = ruleOf({
    metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
    limit: { kind: "max", value: 850 },
  });
  return { ...rule, warmupSec: 0, sustainSec: 0, ...overrides };
}

/** `events` of `n`, by three subjects unless told otherwise. */
function arm(n: number, events: number, badSubjects: readonly string[] = ["a", "b", "c"]): ArmBucket {
  return { n, events, badSubjects: events === 0 ? [] : badSubjects };
}

function bucketAt(index: number, candidate: ArmBucket, control: ArmBucket = EMPTY_ARM): EvidenceBucket {
  return { ...bucketTimes(index), candidate, control };
}

/** Feeds the same arms `ticks` times, from bucket `from` on. */
function feed(
  state: RuleEvidence,
  config: RuleConfig,
  run: { from: number; ticks: number; candidate: ArmBucket; control?: ArmBucket },
): RuleEvidence {
  let next = state;
  for (let i = 0; i < run.ticks; i++) {
    next = advanceRule(next, bucketAt(run.from + i, run.candidate, run.control), config);
  }
  return next;
}

function run(config: RuleConfig, ticks: number, candidate: ArmBucket, control: ArmBucket = EMPTY_ARM): RuleEvidence {
  return feed(startRule(config), config, { from: 0, ticks, candidate, control });
}

describe("a limit", () => {
  test("breaches when twice the allowed share of requests is beyond it, and its twin blames the candidate", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 2), arm(20, 0)), config);
    expect(reading).toMatchObject({ status: "breach", breaching: true, twinReached: true, controlReached: false });
  });

  test("is proved kept by clean traffic, with M below 1", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 0), arm(20, 0)), config);
    expect(reading.status).toBe("ok");
    expect(reading.m).toBeLessThan(1);
  });

  test("broken by both arms alike is at its threshold for the control, and not for the twin", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 4), arm(20, 4)), config);
    expect(reading).toMatchObject({ status: "breach", twinReached: false, controlReached: true });
  });

  test("an old good history does not hide a regression", () => {
    const config = ttftRule();
    const healthy = run(config, 4_320, arm(20, 0), arm(20, 0));
    expect(readRule(healthy, config).status).toBe("ok");
    const broken = feed(healthy, config, { from: 4_320, ticks: 40, candidate: arm(20, 3), control: arm(20, 0) });
    expect(readRule(broken, config).status).toBe("breach");
  });

  test("a proof is not shown while the evidence against it is at 1 or more", () => {
    const config = ttftRule();
    let state = run(config, 100, arm(20, 0), arm(20, 0));
    for (let i = 100; state.values.m < 1; i++) state = advanceRule(state, bucketAt(i, arm(20, 3), arm(20, 0)), config);
    expect(readRule(state, config)).toMatchObject({ proven: true, status: "collecting" });
  });

  test("the clustered sample of half the information takes longer", () => {
    const independent = ttftRule();
    const clustered = ttftRule({ dispersion: { value: 4, assumed: false } });
    const ticksTo = (config: RuleConfig) => {
      let state = startRule(config);
      let ticks = 0;
      while (state.breachedAtMs === null) state = advanceRule(state, bucketAt(ticks++, arm(20, 3)), config);
      return ticks;
    };
    expect(ticksTo(clustered)).toBeGreaterThan(3 * ticksTo(independent));
  });
});

describe("small samples of a 0.4 % and a 5 % limit, in one bucket", () => {
  const toxicity = ruleOf({ metric: { kind: "rate", event: "toxicity" }, limit: { kind: "max", value: 0.004 } });
  test.each([
    { config: toxicity, events: 1, n: 1, m: 4.3 },
    { config: toxicity, events: 2, n: 2, m: 387 },
    { config: toxicity, events: 2, n: 10, m: 15 },
    { config: toxicity, events: 3, n: 10, m: 683 },
    { config: ttftRule(), events: 4, n: 6, m: 160 },
  ])("$events of $n is worth M = $m", ({ config, events, n, m }) => {
    const { values } = advanceRule(startRule(config), bucketAt(0, arm(n, events)), config);
    expect(Math.abs(values.m - m) / m).toBeLessThan(0.02);
  });

  test("2 of 2 is evidence enough, but too few events: it is watched", () => {
    const state = advanceRule(startRule(toxicity), bucketAt(0, arm(2, 2)), toxicity);
    expect(readRule(state, toxicity)).toMatchObject({ status: "watch", breaching: false });
  });
});

describe("conditions of a breach", () => {
  const FIRED = { n: 60, events: 12 };

  test("three distinct subjects: one broken tenant is not a release", () => {
    const config = ttftRule();
    const oneTenant = run(config, 10, arm(FIRED.n, FIRED.events, ["tenant"]));
    expect(readRule(oneTenant, config)).toMatchObject({ status: "watch", breaching: false });
    const third = advanceRule(oneTenant, bucketAt(10, arm(FIRED.n, FIRED.events, ["other", "third"])), config);
    expect(readRule(third, config).status).toBe("breach");
  });

  test("min_requests", () => {
    const config = ttftRule({ minRequests: 500 });
    expect(run(config, 8, arm(FIRED.n, FIRED.events)).breaching).toBe(false);
    expect(run(config, 9, arm(FIRED.n, FIRED.events)).breaching).toBe(true);
  });

  test("sustain: M stays at the threshold for 30 s, that is three buckets of 10 s", () => {
    const config = ttftRule({ sustainSec: 30 });
    let state = startRule(config);
    const breaching: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      state = advanceRule(state, bucketAt(i, arm(FIRED.n, FIRED.events)), config);
      breaching.push(state.breaching);
    }
    const first = state.reachedSinceMs ?? Number.NaN;
    expect(breaching.indexOf(true)).toBe((first - bucketTimes(0).startMs) / 10_000 + 2);
  });

  test("evidence that falls below the threshold starts the sustain anew, and unlatches nothing", () => {
    const config = ttftRule({ sustainSec: 30 });
    const fired = run(config, 3, arm(FIRED.n, FIRED.events));
    const cleaned = feed(fired, config, { from: 3, ticks: 40, candidate: arm(FIRED.n, 0) });
    expect(cleaned.reachedSinceMs).toBeNull();
    expect(cleaned.breaching).toBe(false);
    expect(readRule(cleaned, config).status).toBe("breach");
  });

  test("the first breach keeps its time", () => {
    const config = ttftRule();
    const fired = run(config, 20, arm(FIRED.n, FIRED.events));
    const later = feed(fired, config, { from: 20, ticks: 20, candidate: arm(FIRED.n, FIRED.events) });
    expect(later.breachedAtMs).toBe(fired.breachedAtMs);
  });
});

describe("time", () => {
  test("the warm-up's data are not used, but the control is learned from", () => {
    const config = ruleOf({
      metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
      limit: { kind: "max_increase", value: 0.1 },
      warmupSec: 120,
    });
    const slow: ArmBucket = { n: 20, events: 20, badSubjects: ["a", "b", "c"], bins: [[350, 20]] };
    const fast: ArmBucket = { ...slow, bins: [[300, 20]] };
    const warm = run(config, 12, slow, fast);
    expect(warm).toMatchObject({ n: 0, events: 0, values: { m: 0 } });
    expect(warm.relative?.memory.bins.map(([index]) => index)).toEqual([300]);
    const used = feed(warm, config, { from: 12, ticks: 1, candidate: slow, control: fast });
    expect(used.n).toBe(20);
    expect(used.values.m).toBeGreaterThan(1);
  });

  test("a bucket that was taken before changes nothing", () => {
    const config = ttftRule();
    const state = run(config, 5, arm(20, 1));
    expect(advanceRule(state, bucketAt(4, arm(20, 20)), config)).toBe(state);
  });

  test("a gap between buckets adds the prior weight of its whole length", () => {
    const config = ttftRule();
    const before = run(config, 1, EMPTY_ARM);
    const after = advanceRule(before, bucketAt(360, EMPTY_ARM), config);
    expect(after.values.m - before.values.m).toBeCloseTo((0.5 * 3_600) / 86_400, 12);
  });

  test.each([
    {
      guarantee: "overlapping",
      bucket: { ...bucketAt(4, arm(1, 0)), endMs: bucketTimes(6).endMs },
      says: /overlaps the last bucket/,
    },
    {
      guarantee: "empty",
      bucket: { ...bucketAt(9, arm(1, 0)), startMs: bucketTimes(9).endMs },
      says: /endMs must be after/,
    },
    {
      guarantee: "more events than observations",
      bucket: bucketAt(9, arm(1, 2)),
      says: /candidate needs 0 ≤ events ≤ n/,
    },
    { guarantee: "not a number", bucket: bucketAt(9, EMPTY_ARM, arm(Number.NaN, 0)), says: /control needs/ },
  ])("$guarantee buckets are refused", ({ bucket, says }) => {
    const config = ttftRule();
    expect(() => advanceRule(run(config, 5, arm(20, 1)), bucket, config)).toThrow(says);
  });

  test("a bucket without the sums its rule reads is refused", () => {
    const score = ruleOf({ metric: { kind: "score", name: "groundedness" }, limit: { kind: "min", value: 0.82 } });
    expect(() => advanceRule(startRule(score), bucketAt(0, arm(5, 1)), score)).toThrow(
      /candidate.tent needs 21 masses/,
    );
  });

  test("evidence of another version of the statistics is not continued", () => {
    const config = ttftRule();
    // A stored state of a later version cannot be typed as this one: that is the point.
    const foreign = { ...startRule(config), statVersion: "wsr-9" } as unknown as RuleEvidence;
    expect(() => advanceRule(foreign, bucketAt(0, arm(1, 0)), config)).toThrow(/wsr-9/);
  });
});

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

/** Pairs of which `worse` have a difference of −0.2, the rest `usual`. */
function pairsOf(n: number, worse: number, usual = 0): PairBucket {
  const tent = emptyTent(DIFFERENCE_EDGES);
  for (let i = 0; i < n; i++) tentAdd(tent, DIFFERENCE_EDGES, i < worse ? -0.2 : usual);
  return { n, tent, candidateOnly: worse, controlOnly: 0, badSubjects: ["a", "b", "c"] };
}

describe("pairs of a shadow", () => {
  const drop = ruleOf({
    metric: { kind: "score", name: "groundedness" },
    limit: { kind: "max_decrease", value: 0.02 },
    paired: true,
  });
  const shift = ruleOf({
    metric: { kind: "score", name: "groundedness" },
    limit: { kind: "max_decrease", value: 0 },
    action: "pause_for_review",
    paired: true,
  });
  const discordant = ruleOf({
    metric: { kind: "rate", event: "toxicity" },
    limit: { kind: "max_increase", value: 0 },
    paired: true,
  });

  function runPairs(config: RuleConfig, ticks: number, pairs: PairBucket): RuleEvidence {
    let state = startRule(config);
    for (let i = 0; i < ticks; i++) state = advanceRule(state, { ...bucketAt(i, EMPTY_ARM), pairs }, config);
    return state;
  }

  test.each([
    { name: "a drop beyond the margin", config: drop },
    { name: "a shift", config: shift },
    { name: "errors of the candidate only", config: discordant },
  ])("$name breaches by itself", ({ config }) => {
    const state = runPairs(config, 20, pairsOf(10, 6));
    expect(readRule(state, config)).toMatchObject({ status: "breach", attribution: "self", n: 200, events: 120 });
  });

  test.each([
    // The difference is candidate − 0.98·control: equal answers of 0.9 are 0.018 better than allowed.
    { name: "the margin", config: drop, usual: 0.018 },
    { name: "no shift", config: shift, usual: 0 },
  ])("equal answers prove $name", ({ config, usual }) => {
    const state = runPairs(config, 200, pairsOf(10, 0, usual));
    expect(readRule(state, config).m).toBeLessThan(1);
    expect(readRule(state, config).status).toBe("ok");
  });

  test("pairs that agree say nothing about errors", () => {
    expect(runPairs(discordant, 20, pairsOf(10, 0)).values.m).toBeCloseTo(0.5, 2);
  });
});

describe("how much more is needed", () => {
  test("nothing can be said without data, or exactly at the limit", () => {
    const config = ttftRule();
    expect(moreNeeded(startRule(config), config)).toBeUndefined();
    expect(moreNeeded(run({ ...config, alpha: 1e-9 }, 1, arm(20, 1)), config)).toBeUndefined();
  });

  test("falls as data come in, to nothing", () => {
    const config = ttftRule();
    const needed = [5, 10, 20, 60].map((ticks) => moreNeeded(run(config, ticks, arm(20, 0)), config) ?? Number.NaN);
    expect(needed).toEqual(needed.toSorted((a, b) => b - a));
    expect(needed.at(-1)).toBe(0);
  });

  test("is at least what min_requests lacks", () => {
    const config = ttftRule({ minRequests: 10_000 });
    expect(moreNeeded(run(config, 60, arm(20, 0)), config)).toBe(8_800);
  });
});
