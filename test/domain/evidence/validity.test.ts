/**
 * The guarantee itself, by exact enumeration: under every null hypothesis, on its boundary and inside it, the expected
 * likelihood ratio of one step is at most 1, and so the chance of a false alarm at most the budget. No sampling is involved.
 */
import { describe, expect, test } from "vitest";
import type { ArmBucket } from "@/server/domain/evidence/bucket";
import { PI_G } from "@/server/domain/evidence/constants";
import { budgetFactor, evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import type { Evidence } from "@/server/domain/evidence/engine";
import { meanEll, pairedEll, symmetricEll } from "@/server/domain/evidence/mean-kernel";
import { proofLogValue, startProof, updateProof } from "@/server/domain/evidence/proof";
import type { Direction, Margin } from "@/server/domain/evidence/rate-kernel";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import { meanBlockElls, quantileBlockElls } from "@/server/domain/evidence/relative-block";
import { DIFFERENCE_EDGES, SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import { twoMeanEll } from "@/server/domain/evidence/two-mean-kernel";

const ONE = 1 + 1e-9;
const DIRECTIONS: readonly Direction[] = [1, -1];

/** A value or a list of values, and how likely it is. */
interface Outcome<T> {
  readonly value: T;
  readonly p: number;
}

/** Adds one outcome's exp(ℓ_k) to the expectations. */
function accumulate(expected: number[], ell: readonly number[], p: number): void {
  for (const [k, value] of ell.entries()) expected[k] = (expected[k] ?? 0) + p * Math.exp(value);
}

function binomial(n: number, p: number): Outcome<number>[] {
  let choose = 1;
  const outcomes: Outcome<number>[] = [];
  for (let s = 0; s <= n; s++) {
    outcomes.push({ value: s, p: choose * p ** s * (1 - p) ** (n - s) });
    choose = (choose * (n - s)) / (s + 1);
  }
  return outcomes;
}

/** All lists of `n` independent draws. */
function draws<T>(distribution: readonly Outcome<T>[], n: number): Outcome<readonly T[]>[] {
  let lists: Outcome<readonly T[]>[] = [{ value: [], p: 1 }];
  for (let i = 0; i < n; i++) {
    lists = lists.flatMap((list) =>
      distribution.map((draw) => ({ value: [...list.value, draw.value], p: list.p * draw.p })),
    );
  }
  return lists;
}

/** The two-point distribution on `low` and `high` with the given mean. */
function twoPoint(low: number, high: number, mean: number): Outcome<number>[] {
  const p = (mean - low) / (high - low);
  return [
    { value: low, p: 1 - p },
    { value: high, p },
  ];
}

function meanOf(distribution: readonly Outcome<number>[]): number {
  return distribution.reduce((sum, { value, p }) => sum + value * p, 0);
}

function tentOf(edges: readonly number[], values: readonly number[]): number[] {
  const mass = emptyTent(edges);
  for (const value of values) tentAdd(mass, edges, value);
  return mass;
}

describe("E[exp ℓ] ≤ 1 under every null hypothesis", () => {
  test("rate against a limit", () => {
    let highest = 0;
    for (const p0 of [0.004, 0.02, 0.05, 0.09, 0.5, 0.9]) {
      for (const share of [0, 0.25, 0.5, 0.9, 1]) {
        for (const n of [1, 2, 5, 20]) {
          for (const direction of DIRECTIONS) {
            const p = direction === 1 ? p0 * share : p0 + (1 - p0) * (1 - share);
            const expected: number[] = [];
            for (const { value: s, p: weight } of binomial(n, p)) {
              accumulate(expected, rateEll({ s, n, p0, direction }), weight);
            }
            highest = Math.max(highest, ...expected);
          }
        }
      }
    }
    expect(highest).toBeLessThanOrEqual(ONE);
    // On the boundary the test is exact: nothing is given away.
    expect(highest).toBeGreaterThan(1 - 1e-9);
  });

  test("rate against a control of any rate", () => {
    let highest = 0;
    const margins: Margin[] = [1, 1.2, 0.85].flatMap((rho) => [0, 0.01, 0.15].map((delta) => ({ rho, delta })));
    for (const margin of margins) {
      for (const pA of [0, 0.004, 0.05, 0.3, 0.8]) {
        const boundary = margin.rho * pA + margin.delta;
        for (const [pB, direction] of [
          [boundary, 1],
          [boundary * 0.5, 1],
          [boundary, -1],
          [(boundary + 1) / 2, -1],
        ] as const) {
          if (pB > 1) continue;
          for (const [nA, nB] of [
            [1, 1],
            [5, 1],
            [2, 9],
            [12, 12],
          ] as const) {
            const expected: number[] = [];
            for (const a of binomial(nA, pA)) {
              for (const b of binomial(nB, pB)) {
                accumulate(expected, twoRateEll({ sA: a.value, nA, sB: b.value, nB }, margin, direction), a.p * b.p);
              }
            }
            highest = Math.max(highest, ...expected);
          }
        }
      }
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });

  test("mean against a limit, for values on and off the edges", () => {
    let highest = 0;
    for (const limit of [0.09, 0.5, 0.82]) {
      for (const low of [0, 0.013, limit * 0.7]) {
        for (const high of [1, 0.987, (limit + 1) / 2]) {
          for (const [side, mean] of [
            ["max", limit],
            ["max", (low + limit) / 2],
            ["min", limit],
            ["min", (high + limit) / 2],
          ] as const) {
            const expected: number[] = [];
            for (const { value, p } of draws(twoPoint(low, high, mean), 3)) {
              const ell = meanEll(SCORE_EDGES, tentOf(SCORE_EDGES, value), {
                side,
                limit,
                bound: side === "max" ? 0 : 1,
              });
              accumulate(expected, ell, p);
            }
            highest = Math.max(highest, ...expected);
          }
        }
      }
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });

  test("differences of pairs, and exchangeable pairs", () => {
    let highest = 0;
    for (const delta of [0, 0.01, 0.1]) {
      for (const [low, high] of [
        [-1, 1],
        [-0.4, 0.013],
        [-0.0371, 0.9],
      ] as const) {
        const mean = Math.min(Math.max(-delta, low), high);
        const expected: number[] = [];
        for (const { value, p } of draws(twoPoint(low, high, Math.max(mean, -delta)), 3)) {
          accumulate(expected, pairedEll(DIFFERENCE_EDGES, tentOf(DIFFERENCE_EDGES, value), delta), p);
        }
        highest = Math.max(highest, ...expected);
      }
    }
    for (const size of [0.01, 0.2, 0.333, 1]) {
      const expected: number[] = [];
      for (const { value, p } of draws(twoPoint(-size, size, 0), 3)) {
        accumulate(expected, symmetricEll(DIFFERENCE_EDGES, tentOf(DIFFERENCE_EDGES, value)), p);
      }
      highest = Math.max(highest, ...expected);
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });

  test("mean against a control of any mean, whatever was remembered of it", () => {
    let highest = 0;
    for (const [rho, delta] of [
      [1, 0],
      [1.15, 0],
      [1, 0.02],
      [0.9, 0.1],
    ] as const) {
      for (const a of [twoPoint(0, 1, 0.3), twoPoint(0.1, 0.4, 0.25), twoPoint(0, 0.2, 0.05)]) {
        const boundary = rho * meanOf(a) + delta;
        for (const [mean, direction] of [
          [boundary, 1],
          [boundary * 0.6, 1],
          [boundary, -1],
          [(boundary + 1) / 2, -1],
        ] as const) {
          const b = twoPoint(0, 1, mean);
          for (const [cA, varA] of [
            [meanOf(a), 0.04],
            [0.02, 0.001],
            [0.8, 0.2],
          ] as const) {
            for (const [nA, nB] of [
              [1, 1],
              [3, 1],
              [1, 3],
            ] as const) {
              const expected: number[] = [];
              for (const listA of draws(a, nA)) {
                for (const listB of draws(b, nB)) {
                  const input = {
                    edges: SCORE_EDGES,
                    massA: tentOf(SCORE_EDGES, listA.value),
                    nA,
                    massB: tentOf(SCORE_EDGES, listB.value),
                    nB,
                    cap: 1,
                    cA,
                    varA,
                  };
                  accumulate(expected, twoMeanEll(input, { rho, delta }, direction), listA.p * listB.p);
                }
              }
              highest = Math.max(highest, ...expected);
            }
          }
        }
      }
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });
});

/** An arm with these values, on the edges and in the bins that a comparison reads. */
function armOf(values: readonly number[], edges: readonly number[]): ArmBucket {
  return { n: values.length, events: values.length, badSubjects: [], tent: tentOf(edges, values) };
}

function armOfBins(indices: readonly number[]): ArmBucket {
  return {
    n: indices.length,
    events: indices.length,
    badSubjects: [],
    bins: indices.toSorted((a, b) => a - b).map((i) => [i, 1] as const),
  };
}

describe("comparisons as the rules run them", () => {
  const MOMENTS = { n: 100, sum: 60, sumSq: 42 };

  test("scores of a candidate exactly as good as allowed, and its proof when exactly at the margin", () => {
    let highest = 0;
    for (const worse of ["high", "low"] as const) {
      const factor = worse === "high" ? 1.1 : 0.9;
      const rule = { kind: "mean", worse, lo: 0, hi: 1, edges: SCORE_EDGES, factor, proofFactor: factor } as const;
      const a = twoPoint(0.2, 0.85, 0.5);
      const b = twoPoint(0, 1, factor * 0.5);
      const expected = { worse: [] as number[], proof: [] as number[] };
      for (const listA of draws(a, 2)) {
        for (const listB of draws(b, 2)) {
          const arms = { control: armOf(listA.value, SCORE_EDGES), candidate: armOf(listB.value, SCORE_EDGES) };
          const ells = meanBlockElls(rule, arms, { moments: MOMENTS, bins: [] });
          accumulate(expected.worse, ells?.worse[0] ?? [], listA.p * listB.p);
          accumulate(expected.proof, ells?.proof ?? [], listA.p * listB.p);
        }
      }
      expect(expected.worse).toHaveLength(12);
      highest = Math.max(highest, ...expected.worse, ...expected.proof);
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });

  test("quantiles of a candidate slower by exactly the margin, at any remembered cut", () => {
    let highest = 0;
    const spread: Outcome<number>[] = [
      { value: 300, p: 0.7 },
      { value: 330, p: 0.2 },
      { value: 360, p: 0.1 },
    ];
    // Five bins up is 10.5 % more: a margin of 1.1 is broken by no more than its rounding, a margin of 1.11 is met.
    const slower = spread.map(({ value, p }) => ({ value: value + 5, p }));
    for (const cut of [290, 300, 315, 330, 360]) {
      const memory = { moments: MOMENTS, bins: [[cut, 100]] as const };
      const rule = { kind: "quantile", worse: "high", factor: 1.11, proofFactor: 1.1, cuts: [0.95, 0.75] } as const;
      const expected = { worse: [[], []] as number[][], proof: [] as number[] };
      for (const listA of draws(spread, 2)) {
        for (const listB of draws(slower, 2)) {
          const ells = quantileBlockElls(
            rule,
            { control: armOfBins(listA.value), candidate: armOfBins(listB.value) },
            memory,
          );
          const p = listA.p * listB.p;
          for (const [i, ell] of (ells?.worse ?? []).entries()) accumulate(expected.worse[i] ?? [], ell, p);
          accumulate(expected.proof, ells?.proof ?? [], p);
        }
      }
      expect(expected.worse.map((list) => list.length)).toEqual([12, 12]);
      highest = Math.max(highest, ...expected.worse.flat(), ...expected.proof);
    }
    expect(highest).toBeLessThanOrEqual(ONE);
  });
});

describe("a proof that the candidate is not slower", () => {
  test("counts bins that straddle the margin against the candidate", () => {
    // Bin 300 is c·(1, 1.02] of the cut at bin 299; values at its bottom, slowed by 10.1 %, fall into bin 304, which straddles 1.1·c.
    const fast: Outcome<number>[] = [
      { value: 280, p: 0.7 },
      { value: 300, p: 0.3 },
    ];
    const slower = fast.map(({ value, p }) => ({ value: value + 4, p }));
    const rule = { kind: "quantile", worse: "high", factor: 1.1, proofFactor: 1.1, cuts: [0.95] } as const;
    const expected: number[] = [];
    for (const listA of draws(fast, 3)) {
      for (const listB of draws(slower, 3)) {
        const arms = { control: armOfBins(listA.value), candidate: armOfBins(listB.value) };
        const memory = { moments: { n: 0, sum: 0, sumSq: 0 }, bins: [[299, 100]] as const };
        accumulate(expected, quantileBlockElls(rule, arms, memory)?.proof ?? [], listA.p * listB.p);
      }
    }
    expect(expected).toHaveLength(12);
    expect(Math.max(...expected)).toBeLessThanOrEqual(ONE);
  });
});

describe("the chance of a false alarm over a whole life, every path counted", () => {
  const TICKS = 14;
  const P0 = 0.3;

  /** Probability that M ever reaches 1/α, over all sequences of single requests at the limit. */
  function alarmProbability(alpha: number, dispersion: number): number {
    const step = (state: Evidence, tick: number, p: number): number => {
      if (evidenceValue(state, PI_G) >= 1 / alpha) return p;
      if (tick === TICKS) return 0;
      return [0, 1].reduce((sum, s) => {
        const next = updateEvidence(state, rateEll({ s, n: 1, p0: P0, direction: 1 }), 3_600, { dispersion });
        return sum + step(next, tick + 1, p * (s === 1 ? P0 : 1 - P0));
      }, 0);
    };
    return step(startEvidence(PI_G.length), 0, 1);
  }

  test.each([
    { alpha: 0.3, dispersion: 1 },
    { alpha: 0.1, dispersion: 1 },
    { alpha: 0.3, dispersion: 2 },
  ])("alpha $alpha, design effect $dispersion", ({ alpha, dispersion }) => {
    const probability = alarmProbability(alpha, dispersion);
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThanOrEqual(alpha * budgetFactor(TICKS * 3_600));
  });

  test("a proof at the limit is false at most one time in 1/β", () => {
    const beta = 0.2;
    const step = (proof: readonly number[], tick: number, p: number): number => {
      if (proofLogValue(proof, PI_G) >= Math.log(1 / beta)) return p;
      if (tick === TICKS) return 0;
      return [0, 1].reduce((sum, s) => {
        const next = updateProof(proof, rateEll({ s, n: 1, p0: P0, direction: -1 }), 1);
        return sum + step(next, tick + 1, p * (s === 1 ? P0 : 1 - P0));
      }, 0);
    };
    const probability = step(startProof(PI_G.length), 0, 1);
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThanOrEqual(beta);
  });
});
