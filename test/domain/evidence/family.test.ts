/** Several rules together: the budget is shared out whole, discoveries are controlled, and the split of traffic is watched. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { designEffect, dispersionOf, meanDesignEffect, windowDispersion } from "@/server/domain/evidence/dispersion";
import { log10Evidence } from "@/server/domain/evidence/engine";
import { regressedRules, splitAlpha } from "@/server/domain/evidence/family";
import { meanCS, rateCS } from "@/server/domain/evidence/intervals";
import { neededObservations } from "@/server/domain/evidence/needed-observations";
import {
  advanceSplit,
  isSplitMismatch,
  isSubjectSplitMismatch,
  startSplit,
} from "@/server/domain/evidence/split-check";
import { SCORE_EDGES, emptyTent, nonNegativeEdges, tentAdd } from "@/server/domain/evidence/tent-histogram";

describe("the false-alarm budget", () => {
  const weighted = fc.uniqueArray(fc.record({ ruleId: fc.string(), weight: fc.integer({ min: 1, max: 5 }) }), {
    selector: ({ ruleId }) => ruleId,
    minLength: 1,
    maxLength: 8,
  });

  test("is spent whole and no more, over rules and segments", () => {
    fc.assert(
      fc.property(weighted, fc.integer({ min: 0, max: 20 }), (rules, segmentSlots) => {
        const shares = [...splitAlpha({ alpha: 0.01, rules, segmentSlots }).values()];
        const spent = shares.reduce((sum, { rule, perSegment }) => sum + rule + perSegment * segmentSlots, 0);
        expect(spent).toBeCloseTo(0.01, 12);
      }),
    );
  });

  test("goes to rules by their weight, and a fifth of it to the segments", () => {
    const rules = [
      { ruleId: "toxicity", weight: 2 },
      { ruleId: "latency", weight: 1 },
      { ruleId: "errors", weight: 1 },
    ];
    expect(splitAlpha({ alpha: 0.01, rules, segmentSlots: 0 }).get("toxicity")).toEqual({ rule: 0.005, perSegment: 0 });
    const split = splitAlpha({ alpha: 0.01, rules, segmentSlots: 4 });
    expect(split.get("latency")?.rule).toBeCloseTo(0.002, 12);
    expect(split.get("latency")?.perSegment).toBeCloseTo(0.002 / 12, 12);
  });
});

describe("which metrics regressed", () => {
  test("the largest i with M_(i) ≥ m/(i·q), strongest first", () => {
    const rules = [
      { ruleId: "weak", m: 3 },
      { ruleId: "strong", m: 500 },
      { ruleId: "second", m: 25 },
      { ruleId: "none", m: 0.1 },
    ];
    // m = 4, q = 0.1: needs 40 alone, 20 as the second, 13.3 as the third.
    expect(regressedRules({ rules, elapsedSec: 3_600, q: 0.1 })).toEqual(["strong", "second"]);
    expect(regressedRules({ rules: [], elapsedSec: 3_600, q: 0.1 })).toEqual([]);
  });

  test("later days need more: the budget that was spent counts", () => {
    const rules = [{ ruleId: "only", m: 25 }];
    expect(regressedRules({ rules, elapsedSec: 86_400, q: 0.05 })).toEqual(["only"]);
    expect(regressedRules({ rules, elapsedSec: 3 * 86_400, q: 0.05 })).toEqual([]);
  });
});

describe("the split of traffic", () => {
  const run = (candidateN: number, controlN: number, ticks: number) => {
    let state = startSplit();
    for (let i = 0; i < ticks; i++) {
      state = advanceSplit(state, { candidateN, controlN, share: 0.1, dtSec: 10, dispersion: 1 });
    }
    return isSplitMismatch(state);
  };

  test("as configured is no mismatch, all day", () => expect(run(10, 90, 8_640)).toBe(false));
  test("too much for the candidate is one", () => expect(run(15, 85, 60)).toBe(true));
  test("too little for the candidate is one", () => expect(run(5, 95, 60)).toBe(true));
});

describe("design effects", () => {
  test("independent requests have none, whole conversations of six have six", () => {
    const singles = Array.from({ length: 400 }, (_, i) => ({ n: 1, s: i % 4 === 0 ? 1 : 0 }));
    const sixes = Array.from({ length: 400 }, (_, i) => ({ n: 6, s: i % 4 === 0 ? 6 : 0 }));
    expect(designEffect(singles)).toBeCloseTo(1, 9);
    expect(designEffect(sixes)).toBeCloseTo(6, 9);
  });

  test("of a mean is the same formula: for events as 0 and 1 it is the same number", () => {
    const clusters = [
      { n: 3, s: 2 },
      { n: 5, s: 0 },
      { n: 2, s: 2 },
      { n: 4, s: 1 },
    ];
    const asValues = clusters.map(({ n, s }) => ({ n, sum: s, sumSq: s }));
    expect(meanDesignEffect(asValues)).toBeCloseTo(designEffect(clusters), 12);
  });

  test.each([
    { name: "no data", clusters: [] },
    { name: "no events", clusters: [{ n: 5, s: 0 }] },
    { name: "nothing but events", clusters: [{ n: 5, s: 5 }] },
  ])("$name is no reason to distrust: 1", ({ clusters }) => {
    expect(designEffect(clusters)).toBe(1);
    expect(windowDispersion(clusters)).toBe(1);
    expect(meanDesignEffect(clusters.map(({ n, s }) => ({ n, sum: s, sumSq: s })))).toBe(1);
  });

  test("too few clusters are assumed to have 2, and it says so", () => {
    expect(dispersionOf(199, 5)).toEqual({ value: 2, assumed: true });
    expect(dispersionOf(200, 5)).toEqual({ value: 5, assumed: false });
    expect(dispersionOf(200, 0.4)).toEqual({ value: 1, assumed: false });
  });
});

describe("numbers for people", () => {
  test("log10 of no evidence is finite", () => expect(log10Evidence(0)).toBe(-300));

  test("a confidence sequence holds the estimate and shrinks with data", () => {
    const widths = [20, 200, 2_000].map((n) => {
      const { lower, upper } = rateCS(n / 20, n, 0.05);
      expect(lower).toBeLessThanOrEqual(0.05);
      expect(upper).toBeGreaterThanOrEqual(0.05);
      return upper - lower;
    });
    expect(widths).toEqual(widths.toSorted((a, b) => b - a));
    expect(rateCS(0, 0, 0.05)).toEqual({ lower: 0, upper: 1 });
  });

  test("the confidence sequence of a mean reaches an end that all values lie on", () => {
    const mass = emptyTent(SCORE_EDGES);
    for (let i = 0; i < 500; i++) tentAdd(mass, SCORE_EDGES, 1);
    const { lower, upper } = meanCS(SCORE_EDGES, mass, { lo: 0, hi: 1, alpha: 0.05 });
    expect(upper).toBe(1);
    expect(lower).toBeGreaterThan(0.95);
  });

  test("needed observations: the formula, and never for a rate at its limit", () => {
    const kl = 0.1 * Math.log(2) + 0.9 * Math.log(0.9 / 0.95);
    const expected = Math.ceil((3 * (Math.log(100) + Math.LN2 + 1.5)) / kl);
    expect(neededObservations({ p: 0.1, p0: 0.05, level: 0.01, dispersion: 3 })).toBe(expected);
    expect(neededObservations({ p: 0.05, p0: 0.05, level: 0.01, dispersion: 1 })).toBe(Infinity);
  });

  test("a tent histogram refuses what has no place", () => {
    expect(() => tentAdd(emptyTent(SCORE_EDGES), SCORE_EDGES, Number.NaN)).toThrow(/NaN/);
    expect(() => nonNegativeEdges(0, 10)).toThrow(/0 < first < cap/);
  });
});

describe("the split by subjects", () => {
  test.each([
    { name: "as configured", candidate: 100, control: 900, share: 0.1, mismatch: false },
    { name: "a fifth off among few", candidate: 12, control: 88, share: 0.1, mismatch: false },
    { name: "half where a tenth should be", candidate: 50, control: 50, share: 0.1, mismatch: true },
    { name: "none where half should be", candidate: 0, control: 60, share: 0.5, mismatch: true },
    { name: "nobody yet", candidate: 0, control: 0, share: 0.1, mismatch: false },
    { name: "a canary that loses a third of its subjects", candidate: 660, control: 9_000, share: 0.1, mismatch: true },
  ])("$name: $mismatch", ({ candidate, control, share, mismatch }) => {
    expect(isSubjectSplitMismatch({ candidate, control, share })).toBe(mismatch);
  });

  test("looking after every subject does not make a fair split look wrong", () => {
    // 1,000 rollouts of 1,000 subjects: at most 0.1 % may ever alarm; 5 are allowed for chance.
    let seed = 20_260_412;
    const draw = (): number => ((seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648), seed / 2_147_483_648);
    let alarms = 0;
    for (let run = 0; run < 1_000; run++) {
      let candidate = 0;
      for (let n = 1; n <= 1_000; n++) {
        candidate += draw() < 0.1 ? 1 : 0;
        if (n % 10 !== 0 || !isSubjectSplitMismatch({ candidate, control: n - candidate, share: 0.1 })) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms).toBeLessThanOrEqual(5);
  });
});
