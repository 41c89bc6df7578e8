/** Log-likelihood ratios of one tick for means, from tent histograms. Bets: valid for any distribution within the stated bound. */
import { LAMBDA, SYM } from "./constants";
import type { TentEdges, TentMass } from "./tent-histogram";

/** Σ_j mass_j·term(edge_j, size_k) for every size, over the edges that carry mass. */
function weighedSums(
  tent: { edges: TentEdges; mass: TentMass },
  sizes: readonly number[],
  term: (edge: number, size: number) => number,
): number[] {
  const sums = sizes.map(() => 0);
  for (let j = 0; j < tent.mass.length; j++) {
    const m = tent.mass[j] ?? 0;
    if (m === 0) continue;
    const edge = tent.edges[j] ?? 0;
    for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] ?? 0) + m * term(edge, sizes[k] ?? 0);
  }
  return sums;
}

/**
 * A limit on a mean. `bound` is the smallest possible value for a `max` limit and the largest that counts for a `min`
 * limit: greater ones count as that.
 */
export interface MeanLimit {
  readonly side: "max" | "min";
  readonly limit: number;
  readonly bound: number;
}

/**
 * H0: E[x] ≤ limit, x ≥ bound (`max`), or E[x] ≥ limit, x ≤ bound (`min`).
 * ℓ_k = Σ_j mass_j·log1p(λ_k·z(edge_j)) with z the distance beyond the limit as a share of limit − bound.
 * A chord of log1p lies below it, so binning only loses evidence.
 */
export function meanEll(edges: TentEdges, mass: TentMass, { side, limit, bound }: MeanLimit): number[] {
  const range = side === "max" ? limit - bound : bound - limit;
  if (side === "max") {
    return weighedSums({ edges, mass }, LAMBDA, (edge, lambda) => Math.log1p((lambda * (edge - limit)) / range));
  }
  return weighedSums({ edges, mass }, LAMBDA, (edge, lambda) =>
    Math.log1p((lambda * -(Math.min(edge, bound) - limit)) / range),
  );
}

/** H0: E[candidate − control] ≥ −delta, from differences of scores in [−1, 1] of the same requests. */
export function pairedEll(edges: TentEdges, mass: TentMass, delta: number): number[] {
  return meanEll(edges, mass, { side: "min", limit: -delta, bound: 1 });
}

/**
 * H0: candidate and control are exchangeable given the prompt, from the same differences; evidence grows as differences
 * fall below zero. ℓ_k = Σ_j mass_j·(−σ_k·e_j − ln cosh(σ_k·e_j)). A pure change of shape can also trip it: pause only.
 */
export function symmetricEll(edges: TentEdges, mass: TentMass): number[] {
  return weighedSums({ edges, mass }, SYM, (edge, tilt) => -tilt * edge - logCosh(tilt * edge));
}

/** ln cosh x without overflow. */
function logCosh(x: number): number {
  const size = Math.abs(x);
  return size + Math.log1p(Math.exp(-2 * size)) - Math.LN2;
}
