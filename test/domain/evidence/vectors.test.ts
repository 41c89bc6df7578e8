/** Reproduces every reference value of the independent 50-digit implementation (test/fixtures/stats-vectors.json). */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  BETA_PROOF,
  EFFECT,
  G,
  GRID_SIZE,
  LAMBDA,
  PI_EFFECT,
  PI_G,
  PI_LAMBDA,
  STAT_VERSION,
  SYM,
} from "@/server/domain/evidence/constants";
import { designEffect, windowDispersion } from "@/server/domain/evidence/dispersion";
import { evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import { asympDiffCS, meanCS, rateCS } from "@/server/domain/evidence/intervals";
import { meanEll, pairedEll, symmetricEll } from "@/server/domain/evidence/mean-kernel";
import { proofLogValue, startProof, updateProof } from "@/server/domain/evidence/proof";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import { bucketLowerEdge, firstBucketAbove } from "@/server/domain/evidence/sketch-exceed";
import {
  DIFFERENCE_EDGES,
  SCORE_EDGES,
  emptyTent,
  nonNegativeEdges,
  tentAdd,
} from "@/server/domain/evidence/tent-histogram";
import { twoMeanEll } from "@/server/domain/evidence/two-mean-kernel";

const number = z.number();
const numbers = z.array(z.number());
const direction = z.union([z.literal(1), z.literal(-1)]);
const interval = z.tuple([number, number]);
const tick = z.object({ n: number, s: number, dtSec: number });
const counts = z.array(z.object({ n: number, s: number }));

const Vectors = z.object({
  version: z.string(),
  constants: z.object({
    G: numbers,
    PI_G: numbers,
    LAMBDA: numbers,
    PI_LAMBDA: numbers,
    EFFECT: numbers,
    PI_EFFECT: numbers,
    SYM: numbers,
  }),
  rateEll: z.array(z.object({ s: number, n: number, p0: number, dir: direction, ell: numbers })),
  twoRateEll: z.array(
    z.object({
      sA: number,
      nA: number,
      sB: number,
      nB: number,
      rho: number,
      delta: number,
      dir: direction,
      ell: numbers,
    }),
  ),
  tentAdd: z.array(z.object({ edges: numbers, x: numbers, mass: numbers })),
  meanEll: z.array(
    z.object({ edges: numbers, mass: numbers, m0: number, dir: z.enum(["min", "max"]), bound: number, ell: numbers }),
  ),
  pairedEll: z.array(z.object({ edges: numbers, mass: numbers, m0: number, ell: numbers })),
  symmetricEll: z.array(z.object({ edges: numbers, mass: numbers, ell: numbers })),
  twoMeanEll: z.array(
    z.object({
      edges: numbers,
      massA: numbers,
      nA: number,
      massB: numbers,
      nB: number,
      rho: number,
      delta: number,
      cap: number,
      cA: number,
      varA: number,
      ell: numbers,
    }),
  ),
  evidence: z.array(z.object({ p0: number, dispersion: number, horizonSec: number, ticks: z.array(tick), M: numbers })),
  evidence_overflow_clamp: z.object({ p0: number, ticks: z.array(tick) }),
  crossing: z.array(
    z.object({
      name: z.string(),
      p0: number,
      ticks: z.array(z.tuple([number, number, number])),
      threshold: number,
      firstTickAtOrAbove: number,
      finalM: number,
    }),
  ),
  proof: z.array(z.object({ s: number, n: number, p0: number, logE: number, "proven_at_beta_0.05": z.boolean() })),
  rateCS: z.array(z.object({ s: number, n: number, alpha: number, ci: interval })),
  meanCS: z.array(z.object({ edges: numbers, mass: numbers, lo: number, hi: number, alpha: number, ci: interval })),
  asympDiffCS: z.array(z.object({ diff: number, se2: number, n: number, alpha: number, nStar: number, ci: interval })),
  designEffect: z.array(z.object({ clusters: counts, value: number })),
  windowDispersion: z.array(z.object({ windows: counts, value: number })),
  sketchExceed: z.array(z.object({ gamma: number, limit: number, firstBucketWhollyAbove: number, lowerEdge: number })),
});

const path = fileURLToPath(new URL("../../fixtures/stats-vectors.json", import.meta.url));
const vectors = Vectors.parse(JSON.parse(readFileSync(path, "utf8")));

/** Values compared so far; the last test holds it against the number of values in the file. */
let compared = 0;

/** The values that are not within 1e-9 relative (1e-12 absolute near zero) of the reference: empty when all agree. */
function deviations(actual: readonly number[], reference: readonly number[]): string[] {
  compared += reference.length;
  if (actual.length !== reference.length) return [`${actual.length} values, reference has ${reference.length}`];
  return reference.flatMap((value, k) => {
    const own = actual[k] ?? Number.NaN;
    const allowed = Math.max(1e-9 * Math.abs(value), 1e-12);
    return Math.abs(own - value) <= allowed ? [] : [`[${k}] ${own} is not ${value}`];
  });
}

/** M after every tick of a rate rule. */
function trajectory(
  p0: number,
  ticks: readonly z.infer<typeof tick>[],
  options: { dispersion: number; horizonSec?: number },
): number[] {
  let state = startEvidence(GRID_SIZE);
  return ticks.map(({ n, s, dtSec }) => {
    state = updateEvidence(state, rateEll({ s, n, p0, direction: 1 }), dtSec, options);
    return evidenceValue(state, PI_G);
  });
}

describe("reference vectors", () => {
  test("constants and version", () => {
    expect(STAT_VERSION).toBe(vectors.version);
    const own = { G, PI_G, LAMBDA, PI_LAMBDA, EFFECT, PI_EFFECT, SYM };
    for (const name of ["G", "PI_G", "LAMBDA", "PI_LAMBDA", "EFFECT", "PI_EFFECT", "SYM"] as const) {
      expect(deviations(own[name], vectors.constants[name])).toEqual([]);
    }
  });

  test("rateEll", () => {
    for (const v of vectors.rateEll) expect(deviations(rateEll({ ...v, direction: v.dir }), v.ell)).toEqual([]);
  });

  test("twoRateEll", () => {
    for (const v of vectors.twoRateEll) expect(deviations(twoRateEll(v, v, v.dir), v.ell)).toEqual([]);
  });

  test("tentAdd", () => {
    for (const v of vectors.tentAdd) {
      const mass = emptyTent(v.edges);
      for (const x of v.x) tentAdd(mass, v.edges, x);
      expect(deviations(mass, v.mass)).toEqual([]);
    }
  });

  test("edges of scores, differences and non-negative values are the reference's", () => {
    expect(vectors.meanEll[0]?.edges).toEqual(SCORE_EDGES);
    expect(vectors.pairedEll[0]?.edges).toEqual(DIFFERENCE_EDGES);
    const tokens = vectors.meanEll[3]?.edges ?? [];
    const own = nonNegativeEdges(8, 8192);
    expect(own).toHaveLength(tokens.length);
    for (const [j, edge] of own.entries()) expect(edge).toBeCloseTo(tokens[j] ?? Number.NaN, 9);
  });

  test("meanEll, pairedEll, symmetricEll", () => {
    for (const v of vectors.meanEll) {
      expect(deviations(meanEll(v.edges, v.mass, { side: v.dir, limit: v.m0, bound: v.bound }), v.ell)).toEqual([]);
    }
    for (const v of vectors.pairedEll) expect(deviations(pairedEll(v.edges, v.mass, -v.m0), v.ell)).toEqual([]);
    for (const v of vectors.symmetricEll) expect(deviations(symmetricEll(v.edges, v.mass), v.ell)).toEqual([]);
  });

  test("twoMeanEll", () => {
    for (const v of vectors.twoMeanEll) expect(deviations(twoMeanEll(v, v, 1), v.ell)).toEqual([]);
  });

  test("evidence after every tick", () => {
    for (const v of vectors.evidence) expect(deviations(trajectory(v.p0, v.ticks, v), v.M)).toEqual([]);
  });

  test("evidence stays finite at the clamps", () => {
    const { p0, ticks } = vectors.evidence_overflow_clamp;
    const last = trajectory(p0, ticks, { dispersion: 1 }).at(-1) ?? Number.NaN;
    expect(Number.isFinite(last)).toBe(true);
    expect(last).toBeGreaterThanOrEqual(1e100);
  });

  test.each(vectors.crossing)("crossing: $name", (v) => {
    const ticks = v.ticks.map(([n, s, dtSec]) => ({ n, s, dtSec }));
    const values = trajectory(v.p0, ticks, { dispersion: 1 });
    expect(values.findIndex((m) => m >= v.threshold) + 1).toBe(v.firstTickAtOrAbove);
    expect(deviations([values.at(-1) ?? Number.NaN], [v.finalM])).toEqual([]);
  });

  test("proof", () => {
    for (const v of vectors.proof) {
      const proof = updateProof(startProof(GRID_SIZE), rateEll({ ...v, direction: -1 }), 1);
      const value = proofLogValue(proof, PI_G);
      expect(deviations([value], [v.logE])).toEqual([]);
      expect(value >= Math.log(1 / BETA_PROOF)).toBe(v["proven_at_beta_0.05"]);
    }
  });

  test("intervals", () => {
    for (const v of vectors.rateCS) {
      const { lower, upper } = rateCS(v.s, v.n, v.alpha);
      expect(deviations([lower, upper], v.ci)).toEqual([]);
    }
    for (const v of vectors.meanCS) {
      const { lower, upper } = meanCS(v.edges, v.mass, v);
      expect(deviations([lower, upper], v.ci)).toEqual([]);
    }
    for (const v of vectors.asympDiffCS) {
      const { lower, upper } = asympDiffCS(v);
      expect(deviations([lower, upper], v.ci)).toEqual([]);
    }
  });

  test("dispersion and sketch", () => {
    for (const v of vectors.designEffect) expect(deviations([designEffect(v.clusters)], [v.value])).toEqual([]);
    for (const v of vectors.windowDispersion) expect(deviations([windowDispersion(v.windows)], [v.value])).toEqual([]);
    for (const v of vectors.sketchExceed) {
      const first = firstBucketAbove(v.gamma, v.limit);
      expect(deviations([first], [v.firstBucketWhollyAbove])).toEqual([]);
      expect(deviations([bucketLowerEdge(v.gamma, first)], [v.lowerEdge])).toEqual([]);
    }
  });

  test("every reference value was compared", () => {
    expect(compared).toBe(567);
  });
});
