/**
 * Tent histograms: a value is shared linearly between its two neighbouring edges, which keeps the count and the sum exactly
 * and lets histograms merge by addition. They are what the tests of means read; quantiles come from sketches instead.
 */

/** Strictly increasing positions. Part of a rule's configuration: histograms on different edges must not be merged. */
export type TentEdges = readonly number[];

/** One weight per edge. */
export type TentMass = readonly number[];

/** Edges of a score in [0, 1]: every rubric on a 0.05 grid is exact. */
export const SCORE_EDGES: TentEdges = Array.from({ length: 21 }, (_, j) => j / 20);

/** Edges of the difference of two scores of one request, in [−1, 1]. */
export const DIFFERENCE_EDGES: TentEdges = Array.from({ length: 81 }, (_, j) => (j - 40) / 40);

/** Edges 0, `first`, then ×1.2 steps up to exactly `cap` (a last step under 10 % joins the one before): tokens, cost, milliseconds. */
export function nonNegativeEdges(first: number, cap: number): TentEdges {
  if (!(first > 0) || !(cap > first)) {
    throw new RangeError(`tent edges need 0 < first < cap, got first=${first}, cap=${cap}`);
  }
  const edges = [0];
  for (let edge = first; edge * 1.1 < cap; edge *= 1.2) edges.push(edge);
  edges.push(cap);
  return edges;
}

/** A histogram without mass. */
export function emptyTent(edges: TentEdges): number[] {
  return edges.map(() => 0);
}

/** Shares are whole multiples of 2^-36, so that sums of up to 100,000 of them are exact and the order of adding is nothing. */
const SHARE_STEPS = 2 ** 36;

/** Adds `x` (`times` times) to `mass` in place; values beyond an end edge are put on it. Throws on NaN, which has no place. */
export function tentAdd(mass: number[], edges: TentEdges, x: number, times = 1): void {
  if (Number.isNaN(x)) throw new RangeError("a tent histogram takes numbers, got NaN");
  const upper = upperEdgeIndex(edges, x);
  if (upper <= 0 || upper >= edges.length) {
    const end = upper <= 0 ? 0 : edges.length - 1;
    mass[end] = (mass[end] ?? 0) + times;
    return;
  }
  const low = edges[upper - 1] ?? 0;
  const high = edges[upper] ?? 0;
  const share = Math.round(((x - low) / (high - low)) * SHARE_STEPS) / SHARE_STEPS;
  mass[upper - 1] = (mass[upper - 1] ?? 0) + (1 - share) * times;
  mass[upper] = (mass[upper] ?? 0) + share * times;
}

/** Index of the first edge that is ≥ x; `edges.length` when x is above them all. */
function upperEdgeIndex(edges: TentEdges, x: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? Infinity) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The histogram of both inputs together. Throws when they have different numbers of edges. */
export function mergeTents(left: TentMass, right: TentMass): number[] {
  if (left.length !== right.length) {
    throw new RangeError(`tent histograms with ${left.length} and ${right.length} edges do not merge`);
  }
  return left.map((mass, j) => mass + (right[j] ?? 0));
}
