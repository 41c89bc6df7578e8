/**
 * Intervals for people to read. `rateCS` and `meanCS` hold at every look at once; the asymptotic difference is approximate
 * and never decides anything.
 */
import { PI_G, PI_LAMBDA } from "./constants";
import { meanEll } from "./mean-kernel";
import { proofLogValue } from "./proof";
import { rateEll } from "./rate-kernel";
import type { TentEdges, TentMass } from "./tent-histogram";

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Halvings of a bisection: enough to reach the last bit of a number in [0, 1]. */
const BISECTIONS = 200;

/** The point in [low, high] where a monotone condition changes from `holds(low)` to its opposite. */
function turningPoint(low: number, high: number, holds: (x: number) => boolean): number {
  let [inside, outside] = [low, high];
  for (let i = 0; i < BISECTIONS && inside !== outside; i++) {
    const middle = (inside + outside) / 2;
    if (middle === inside || middle === outside) break;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

/**
 * Confidence sequence of a rate from cumulative counts, time-uniform at level 1 − alpha:
 * all p that neither direction of the rate test rejects at alpha/2. For clustered data pass s/φ and n/φ.
 */
export function rateCS(s: number, n: number, alpha: number): Interval {
  const limit = Math.log(2 / alpha);
  const rejects = (p0: number, direction: 1 | -1) => proofLogValue(rateEll({ s, n, p0, direction }), PI_G) >= limit;
  return {
    lower: rejects(0, 1) ? turningPoint(0, 1, (p) => rejects(p, 1)) : 0,
    upper: rejects(1, -1) ? turningPoint(1, 0, (p) => rejects(p, -1)) : 1,
  };
}

/** Confidence sequence of a mean of values in [lo, hi] from a cumulative tent histogram, time-uniform at 1 − alpha. */
export function meanCS(
  edges: TentEdges,
  mass: TentMass,
  { lo, hi, alpha }: { lo: number; hi: number; alpha: number },
): Interval {
  const bar = Math.log(2 / alpha);
  const rejects = (side: "max" | "min", limit: number) => {
    if (side === "max" ? limit <= lo : limit >= hi) return mass.some((m, j) => m > 0 && edges[j] !== limit);
    const ell = meanEll(edges, mass, { side, limit, bound: side === "max" ? lo : hi });
    return proofLogValue(ell, PI_LAMBDA) >= bar;
  };
  return {
    lower: rejects("max", lo) ? turningPoint(lo, hi, (m) => rejects("max", m)) : lo,
    upper: rejects("min", hi) ? turningPoint(hi, lo, (m) => rejects("min", m)) : hi,
  };
}

/**
 * Asymptotic confidence sequence of a difference with variance `se2` after `n` observations, tightest near `nStar`
 * (Waudby-Smith et al. 2024, arXiv 2103.06476, as used by experimentation platforms). Approximate; display only.
 */
export function asympDiffCS(input: { diff: number; se2: number; n: number; alpha: number; nStar?: number }): Interval {
  const { diff, se2, n, alpha, nStar = 5_000 } = input;
  const rhoSq = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / nStar;
  const scale = (2 * (n * rhoSq + 1)) / (n * n * rhoSq);
  const half = Math.sqrt(n * se2) * Math.sqrt(scale * Math.log(Math.sqrt(n * rhoSq + 1) / alpha));
  return { lower: diff - half, upper: diff + half };
}
