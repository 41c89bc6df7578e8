/** What the benchmarks make of repeated measurements. */

/** The value that a share of the values does not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Milliseconds that each of `times` calls took. */
export function timesOf(work: (call: number) => unknown, times: number): number[] {
  return Array.from({ length: times }, (_, call) => {
    const startedMs = performance.now();
    work(call);
    return performance.now() - startedMs;
  });
}
