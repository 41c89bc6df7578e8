/** Log-likelihood ratios of one tick for rates: against a limit, and against a concurrent control. Exact at any sample size. */
import { G } from "./constants";

/** `1` gathers evidence that the limit is broken, `-1` that it is kept (the proof for a promotion). */
export type Direction = 1 | -1;

const EXPM1_UP = G.map((g) => Math.expm1(g));
const EXPM1_DOWN = G.map((g) => Math.expm1(-g));

/**
 * H0: P(event) ≤ p0 (direction 1) or ≥ p0 (direction −1), `s` events among `n` observations.
 * ℓ_k = s·g − n·log1p(p0·expm1(g)): the binomial log-likelihood ratio of odds ratio e^g against p0.
 */
export function rateEll(input: { s: number; n: number; p0: number; direction: Direction }): number[] {
  const { s, n, p0, direction } = input;
  const tilts = direction === 1 ? EXPM1_UP : EXPM1_DOWN;
  return G.map((g, k) => s * direction * g - n * Math.log1p(p0 * (tilts[k] ?? 0)));
}

/** What a candidate may be worse by: `rho` times the control, plus `delta`. */
export interface Margin {
  readonly rho: number;
  readonly delta: number;
}

/** Observations and events of both arms over the same seconds. */
export interface TwoRateCounts {
  readonly sA: number;
  readonly nA: number;
  readonly sB: number;
  readonly nB: number;
}

/**
 * H0: p_B ≤ ρ·p_A + δ (direction 1) or p_B ≥ ρ·p_A + δ (direction −1), with a control rate p_A that is unknown and free
 * to move every tick. Asks of every event from which arm it came; uses the realised traffic. Zeros while an arm is empty.
 *
 * Direction −1 with δ > 0: the same bound E ≤ exp(n_B·u·(p_B − ρp_A − δ)) holds with u < 0, so the sign of the δ term follows u.
 */
export function twoRateEll(counts: TwoRateCounts, margin: Margin, direction: Direction): number[] {
  const { sA, nA, sB, nB } = counts;
  if (nA <= 0 || nB <= 0) return G.map(() => 0);
  const { rho, delta } = margin;
  const pi0 = (rho * nB) / (rho * nB + nA);
  const tilts = direction === 1 ? EXPM1_UP : EXPM1_DOWN;
  return G.map((g, k) => {
    const tilt = tilts[k] ?? 0;
    const base = sB * direction * g - (sA + sB) * Math.log1p(pi0 * tilt);
    if (delta === 0) return base;
    const u = (tilt * (1 - pi0)) / (1 + pi0 * tilt);
    return base - nB * u * delta;
  });
}
