/** The life of one rule from bucket to bucket: which data count, when it breaches, when it is proved. */
import { describe, expect, test } from "vitest";
import { bucketTimes, ruleOf } from "@/test/arbitraries/evidence";
import { type ArmBucket, EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { type RuleEvidence, advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { arm, bucketAt, feed, run, ttftRule } from "./rule-runs";

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
