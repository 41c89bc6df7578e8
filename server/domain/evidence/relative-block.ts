/** The log-likelihood ratios of one complete block for comparisons that need a reference value of the control. */
import type { ArmBucket } from "./bucket";
import { MIN_CONTROL_OBSERVATIONS, SKETCH_GAMMA } from "./constants";
import type { ControlMemory } from "./control-memory";
import type { Direction } from "./rate-kernel";
import { twoRateEll } from "./rate-kernel";
import type { RelativeTest } from "./rule-config";
import type { SketchBins } from "./sketch-exceed";
import { bucketLowerEdge, bucketUpperEdge, countFrom, firstBucketAbove, lastBucketAtOrBelow } from "./sketch-exceed";
import { controlReference, twoMeanEll } from "./two-mean-kernel";

/** ℓ_k of one step: one list per stream for "worse", and one for the proof of "not worse". */
export interface StepElls {
  readonly worse: readonly (readonly number[])[];
  readonly proof: readonly number[];
}

interface Arms {
  readonly candidate: ArmBucket;
  readonly control: ArmBucket;
}

/** No margin: quantile comparisons carry theirs in the cut. */
const EQUAL = { rho: 1, delta: 0 };

/** Standard deviations above the control's mean at which values are capped when nothing else bounds them. */
const CAP_DEVIATIONS = 10;

/**
 * Both arms' values beyond a cut that the control's past sets, one stream per cut; the proof is on the first cut only.
 * The cut is a bin's edge, so the control's count is exact; the candidate's is rounded in favour of the null.
 */
export function quantileBlockElls(
  test: Extract<RelativeTest, { kind: "quantile" }>,
  { candidate, control }: Arms,
  memory: ControlMemory,
): StepElls | undefined {
  const bins = { a: control.bins ?? [], b: candidate.bins ?? [] };
  const counts = (q: number, rho: number, direction: Direction) => {
    const cut = cutIndex(memory.bins, test.worse === "high" ? q : 1 - q);
    if (cut === undefined) return undefined;
    const { sA, sB } = beyondCut(bins, cut, { worse: test.worse, rho, direction });
    return { sA, nA: control.n, sB, nB: candidate.n };
  };
  const worse: number[][] = [];
  for (const q of test.cuts) {
    const cell = counts(q, test.factor, 1);
    if (cell === undefined) return undefined;
    worse.push(twoRateEll(cell, EQUAL, 1));
  }
  const first = counts(test.cuts[0] ?? 0.5, test.proofFactor, -1);
  return { worse, proof: first === undefined ? [] : twoRateEll(first, EQUAL, -1) };
}

/** The bin that holds the q-quantile of what is remembered; undefined while that is too little. */
function cutIndex(bins: SketchBins, q: number): number | undefined {
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  if (total < MIN_CONTROL_OBSERVATIONS) return undefined;
  let seen = 0;
  for (const [index, count] of bins) {
    seen += count;
    if (seen >= q * total) return index;
  }
  return bins.at(-1)?.[0];
}

/** Counts of A beyond the cut and of B beyond rho times the cut. */
function beyondCut(
  bins: { a: SketchBins; b: SketchBins },
  cut: number,
  { worse, rho, direction }: { worse: "high" | "low"; rho: number; direction: Direction },
): { sA: number; sB: number } {
  if (worse === "high") {
    const limit = rho * bucketUpperEdge(SKETCH_GAMMA, cut);
    const certain = firstBucketAbove(SKETCH_GAMMA, limit);
    const first = direction === 1 ? certain : lastBucketAtOrBelow(SKETCH_GAMMA, limit) + 1;
    return { sA: countFrom(bins.a, cut + 1), sB: countFrom(bins.b, first) };
  }
  const limit = rho * bucketLowerEdge(SKETCH_GAMMA, cut);
  const last = direction === 1 ? lastBucketAtOrBelow(SKETCH_GAMMA, limit) : firstBucketAbove(SKETCH_GAMMA, limit) - 1;
  return { sA: countBelow(bins.a, cut), sB: countBelow(bins.b, last + 1) };
}

function countBelow(bins: SketchBins, end: number): number {
  return bins.reduce((sum, [index, count]) => (index < end ? sum + count : sum), 0);
}

/**
 * Means, on the scale y = x − lo (worse is high) or hi − x (worse is low) on which the margin reads μ_B ≤ ρ·μ_A + δ.
 * Without a given `hi` values above ten standard deviations over the control's mean count as that: the statement is then
 * about capped means. The cap is set before the block, like every reference value.
 */
export function meanBlockElls(
  test: Extract<RelativeTest, { kind: "mean" }>,
  { candidate, control }: Arms,
  memory: ControlMemory,
): StepElls | undefined {
  const reference = controlReference(memory.moments);
  if (reference === undefined) return undefined;
  const { lo, worse } = test;
  const hi = test.hi ?? capEdge(test.edges, reference);
  const badness = (x: number) => (worse === "high" ? Math.min(x, hi) - lo : hi - Math.min(x, hi));
  const margin = (factor: number) => ({
    rho: factor,
    delta: worse === "high" ? (factor - 1) * lo : (1 - factor) * hi,
  });
  const input = {
    edges: test.edges.map(badness),
    massA: control.tent ?? [],
    nA: control.n,
    massB: candidate.tent ?? [],
    nB: candidate.n,
    cap: hi - lo,
    cA: badness(reference.mean),
    varA: reference.variance,
  };
  return {
    worse: [twoMeanEll(input, margin(test.factor), 1)],
    proof: twoMeanEll(input, margin(test.proofFactor), -1),
  };
}

/** The first edge at or above ten standard deviations over the mean: capping at an edge is exact on a tent histogram. */
function capEdge(edges: readonly number[], { mean, variance }: { mean: number; variance: number }): number {
  const wanted = mean + CAP_DEVIATIONS * Math.sqrt(variance);
  return edges.find((edge) => edge >= wanted && edge > 0) ?? edges.at(-1) ?? wanted;
}
