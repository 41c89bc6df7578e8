/**
 * Log-likelihood ratios of one tick for a candidate's mean against a concurrent control's. The reference values of the control
 * must come from earlier ticks: using the tick's own data would break the guarantee.
 */
import { CONTROL_MEMORY_SEC, EFFECT, MIN_CONTROL_OBSERVATIONS } from "./constants";
import type { Direction, Margin } from "./rate-kernel";
import type { TentEdges, TentMass } from "./tent-histogram";

/** Exponentially forgotten sums of the control's values: count, sum, sum of squares. */
export interface ControlMoments {
  readonly n: number;
  readonly sum: number;
  readonly sumSq: number;
}

export const NO_MOMENTS: ControlMoments = { n: 0, sum: 0, sumSq: 0 };

/** Forgets `elapsedSec` of the past and adds one tick of the control. Call it after the tick was used. */
export function rememberMoments(
  past: ControlMoments,
  tick: { edges: TentEdges; mass: TentMass; elapsedSec: number },
): ControlMoments {
  const keep = Math.exp(-tick.elapsedSec / CONTROL_MEMORY_SEC);
  let { n, sum, sumSq } = { n: past.n * keep, sum: past.sum * keep, sumSq: past.sumSq * keep };
  for (let j = 0; j < tick.edges.length; j++) {
    const edge = tick.edges[j] ?? 0;
    const m = tick.mass[j] ?? 0;
    n += m;
    sum += m * edge;
    sumSq += m * edge * edge;
  }
  return { n, sum, sumSq };
}

/** The control's mean and variance so far, or undefined while there are too few observations to refer to. */
export function controlReference(moments: ControlMoments): { mean: number; variance: number } | undefined {
  if (moments.n < MIN_CONTROL_OBSERVATIONS) return undefined;
  const mean = moments.sum / moments.n;
  return { mean, variance: Math.max(0, moments.sumSq / moments.n - mean * mean) };
}

/** Both arms' values in [0, cap] on the same edges, with the control's mean and variance before this tick. */
export interface TwoMeanInput {
  readonly edges: TentEdges;
  readonly massA: TentMass;
  readonly nA: number;
  readonly massB: TentMass;
  readonly nB: number;
  readonly cap: number;
  readonly cA: number;
  readonly varA: number;
}

/**
 * H0: μ_B ≤ ρ·μ_A + δ (direction 1) or ≥ (direction −1), for values where higher is worse, whatever μ_A is.
 * Bets on the candidate's values above c_B = ρ·c_A + δ and, n_B/n_A times as much, on the control's below c_A;
 * E ≤ exp(±u·n_B·(μ_B − δ − ρμ_A)) ≤ 1. Zeros while an arm is empty.
 */
export function twoMeanEll(input: TwoMeanInput, margin: Margin, direction: Direction): number[] {
  const { nA, nB } = input;
  if (nA <= 0 || nB <= 0) return EFFECT.map(() => 0);
  const cB = margin.rho * input.cA + margin.delta;
  return EFFECT.map((effect) => {
    const { u, v } = betSizes(input, { ...margin, cB, effect, direction });
    let ell = 0;
    for (let j = 0; j < input.edges.length; j++) {
      const edge = input.edges[j] ?? 0;
      const b = input.massB[j] ?? 0;
      const a = input.massA[j] ?? 0;
      if (b !== 0) ell += b * Math.log1p(direction * u * (edge - cB));
      if (a !== 0) ell += a * Math.log1p(-direction * v * (edge - input.cA));
    }
    return ell;
  });
}

/** Near growth-optimal bets for one effect size, shrunk so that no single value can lose more than 90 %. */
function betSizes(
  { nA, nB, cap, cA, varA }: TwoMeanInput,
  { rho, cB, effect, direction }: Margin & { cB: number; effect: number; direction: Direction },
): { u: number; v: number } {
  const shift = effect * cB;
  const spread = rho * rho * varA;
  const ratio = (rho * nB) / nA;
  const lossOfA = direction === 1 ? cap - cA : cA;
  const lossOfB = direction === 1 ? cB : cap - cB;
  let u = shift / (spread + shift * shift + (rho * rho * varA * nB) / nA);
  if (!Number.isFinite(u)) u = 0;
  if (u * ratio * lossOfA > 0.9) u = 0.9 / (ratio * lossOfA);
  if (u * lossOfB > 0.9) u = 0.9 / lossOfB;
  return { u, v: ratio * u };
}
