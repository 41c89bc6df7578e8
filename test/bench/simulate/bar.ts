/** One line of the table: what is demanded, what was measured, and whether that is enough. */

export interface Bar {
  readonly id: string;
  readonly demand: string;
  readonly measured: string;
  readonly met: boolean;
}

/** Alarms in so many independent runs. */
export interface Share {
  readonly alarms: number;
  readonly runs: number;
}

/** Upper end of the exact (Clopper–Pearson) one-sided 97.5 % bound of a share: "at most this" at 95 % two-sided. */
export function upperBound({ alarms, runs }: Share): number {
  if (alarms >= runs) return 1;
  let low = alarms / runs;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (binomialAtMost(alarms, runs, middle) > 0.025) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X ≤ k) for X binomial. */
function binomialAtMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p / (1 - p));
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** `0.45 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** `0.28–0.80 %` over several shares. */
export function percentRange(shares: readonly Share[]): string {
  const rates = shares.map(({ alarms, runs }) => alarms / runs);
  return `${percent(Math.min(...rates)).replace(" %", "")}–${percent(Math.max(...rates))}`;
}

/** The middle value; Infinity counts as greater than all. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** The bars as a Markdown table. */
export function barTable(bars: readonly Bar[]): string {
  const rows = bars.map(
    ({ id, demand, measured, met }) => `| ${id} | ${demand} | ${measured} | ${met ? "yes" : "**no**"} |`,
  );
  return ["| # | bar | measured | met |", "|---|---|---|---|", ...rows].join("\n");
}
