/**
 * Differences within pairs, such as a request and its shadow: their median and mean, each with a 95 % interval. What the
 * two requests share, above all the question, drops out. Looked at once; nothing that is watched continuously may use it.
 */
import { studentPoint } from "@/server/domain/statistics/student-t";

const ALPHA = 0.05;
/** With fewer no order statistics enclose the median at 95 %: 2 · 0.5^5 is above 5 %. */
const FEWEST = 6;

interface Enclosed {
  readonly value: number;
  /** Null with too few pairs. */
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface PairedDifference {
  readonly count: number;
  readonly median: Enclosed;
  readonly mean: Enclosed;
  /** Pairs whose difference is above, below and exactly zero. */
  readonly above: number;
  readonly below: number;
  readonly equal: number;
}

/** Undefined without pairs. */
export function pairedDifference(differences: readonly number[]): PairedDifference | undefined {
  const count = differences.length;
  if (count === 0) return undefined;
  const above = differences.filter((difference) => difference > 0).length;
  const below = differences.filter((difference) => difference < 0).length;
  const sorted = differences.toSorted((a, b) => a - b);
  return { count, median: medianOf(sorted), mean: meanOf(sorted), above, below, equal: count - above - below };
}

/** The interval of the sign test: order statistics that enclose the median whatever the differences' distribution. */
function medianOf(sorted: readonly number[]): Enclosed {
  const count = sorted.length;
  const value = ((sorted[Math.floor((count - 1) / 2)] ?? 0) + (sorted[Math.ceil((count - 1) / 2)] ?? 0)) / 2;
  const rank = signRank(count);
  if (rank === undefined) return { value, lower: null, upper: null };
  return { value, lower: sorted[rank - 1] ?? value, upper: sorted[count - rank] ?? value };
}

/** The largest rank r with P(Binomial(n, ½) < r) ≤ 2.5 %, counted from 1. */
function signRank(count: number): number | undefined {
  if (count < FEWEST) return undefined;
  // In logarithms: 0.5^n underflows long before there are too many pairs.
  let logTerm = -count * Math.LN2;
  let below = 0;
  for (let rank = 0; rank <= count; rank++) {
    below += Math.exp(logTerm);
    if (below > ALPHA / 2) return rank;
    logTerm += Math.log((count - rank) / (rank + 1));
  }
  return undefined;
}

/** Student's interval. */
function meanOf(values: readonly number[]): Enclosed {
  const count = values.length;
  const value = values.reduce((sum, one) => sum + one, 0) / count;
  if (count < FEWEST) return { value, lower: null, upper: null };
  const variance = values.reduce((sum, one) => sum + (one - value) ** 2, 0) / (count - 1);
  const half = studentPoint(ALPHA, count - 1) * Math.sqrt(variance / count);
  return { value, lower: value - half, upper: value + half };
}
