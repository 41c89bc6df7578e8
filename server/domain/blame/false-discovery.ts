/** Choosing among many tests without being fooled by their number. */

/**
 * Which p-values are discoveries at a false discovery rate of `rate` (Benjamini and Hochberg 1995): at most that share of
 * them is expected to be false. In the order in which they were given.
 */
export function discoveries(pValues: readonly number[], rate: number): boolean[] {
  const sorted = pValues.toSorted((a, b) => a - b);
  const last = sorted.findLastIndex((p, index) => p <= (rate * (index + 1)) / sorted.length);
  const largest = last === -1 ? -1 : (sorted[last] ?? -1);
  return pValues.map((p) => p <= largest);
}
