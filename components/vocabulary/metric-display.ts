/** From a metric's unit in the domain to how a page writes and draws it, without the grammar of names. Pure. */

/** A sum of money is plain dollars; a mean is per request and written per thousand. */
export function displayUnit(metric: string, unit: string): string {
  return unit === "usd" && metric.startsWith("sum_") ? "usd_total" : unit;
}

/**
 * Rates of bad things, money, tokens and counts are drawn from zero; latency, scores and rates of good things, which
 * live near their top, may be cut.
 */
export function startsAtZero(unit: string, higherIsWorse: boolean): boolean {
  if (unit === "ratio") return higherIsWorse;
  return unit !== "ms" && unit !== "score";
}
