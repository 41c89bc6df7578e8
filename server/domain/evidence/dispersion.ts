/** How much less than independent requests the data are worth: design effects for clustered requests. */
import { ASSUMED_DISPERSION, MIN_CLUSTERS } from "./constants";

/** Observations and events of one routing subject (conversation, user, tenant). */
export interface Cluster {
  readonly n: number;
  readonly s: number;
}

/** φ = max(1, Σ_c(s_c − n_c·p)² / (p(1−p)·Σ_c n_c)); 1 when all or no observations are events. */
export function designEffect(clusters: readonly Cluster[]): number {
  const { n, s } = totals(clusters);
  const p = s / n;
  if (!(n > 0) || p <= 0 || p >= 1) return 1;
  const spread = clusters.reduce((sum, c) => sum + (c.s - c.n * p) ** 2, 0);
  return Math.max(1, spread / (p * (1 - p) * n));
}

/** The same for a mean: per subject the count, sum and sum of squares of its values. */
export function meanDesignEffect(clusters: readonly { n: number; sum: number; sumSq: number }[]): number {
  const n = clusters.reduce((total, c) => total + c.n, 0);
  if (!(n > 0)) return 1;
  const mean = clusters.reduce((total, c) => total + c.sum, 0) / n;
  const variance = clusters.reduce((total, c) => total + c.sumSq, 0) / n - mean * mean;
  if (!(variance > 0)) return 1;
  const spread = clusters.reduce((total, c) => total + (c.sum - c.n * mean) ** 2, 0);
  return Math.max(1, spread / (variance * n));
}

/** A design effect as a rule uses it, and whether it is measured or assumed. */
export interface Dispersion {
  readonly value: number;
  readonly assumed: boolean;
}

/** Until 200 clusters were seen the design effect is unknown: 2, shown as assumed. */
export function dispersionOf(clusterCount: number, measured: number): Dispersion {
  if (clusterCount < MIN_CLUSTERS) return { value: ASSUMED_DISPERSION, assumed: true };
  return { value: Math.max(1, measured), assumed: false };
}

/**
 * Half the mean squared difference of successive windows' standardised rates: 1 when windows are independent binomials.
 * For display: it misses clusters longer than a window, so `designEffect` is what rules use.
 */
export function windowDispersion(windows: readonly Cluster[]): number {
  const filled = windows.filter((w) => w.n > 0);
  const { n, s } = totals(filled);
  const p = s / n;
  if (filled.length < 2 || p <= 0 || p >= 1) return 1;
  const scores = filled.map((w) => (w.s - w.n * p) / Math.sqrt(w.n * p * (1 - p)));
  let sum = 0;
  for (let i = 1; i < scores.length; i++) sum += ((scores[i] ?? 0) - (scores[i - 1] ?? 0)) ** 2;
  return Math.max(1, sum / (2 * (scores.length - 1)));
}

function totals(clusters: readonly Cluster[]): Cluster {
  return clusters.reduce((sum, c) => ({ n: sum.n + c.n, s: sum.s + c.s }), { n: 0, s: 0 });
}
