/**
 * How far a sample's distribution has moved from a reference: the population stability index Σ(p−q)·ln(p/q) over bins.
 * A small sample moves by chance alone, so that nothing is said of one, and an index within chance is no drift.
 */
import { normalUpperPoint } from "@/server/domain/statistics/student-t";

/** `too_few`: nothing can be said; `moved`: more than chance, less than a drift. */
export const STABILITY_VERDICTS = ["too_few", "stable", "moved", "drift"] as const;
type StabilityVerdict = (typeof STABILITY_VERDICTS)[number];

export interface Stability {
  readonly verdict: StabilityVerdict;
  /** Null when too few values were seen to say anything. */
  readonly psi: number | null;
  /** What chance alone reaches in one of a hundred comparisons of this size; null likewise. */
  readonly chance: number | null;
  readonly referenceCount: number;
  readonly count: number;
}

/** Fewer values on a side say nothing about ten bins. */
const FEWEST_VALUES = 50;

/** The conventional marks of the index; a verdict needs chance to be exceeded too. */
const MOVED_FROM = 0.1;
const DRIFT_FROM = 0.2;

/** Two-sided share of chance that is accepted per comparison. */
const CHANCE = 0.01;

/** Half a value in every bin keeps an empty one from deciding alone. */
const SMOOTHING = 0.5;

/** Compares counts over the same bins. @throws RangeError for counts of different bins. */
export function populationStability(reference: readonly number[], sample: readonly number[]): Stability {
  if (reference.length !== sample.length) throw new RangeError("the counts are of different bins");
  const [referenceCount, count] = [sumOf(reference), sumOf(sample)];
  if (Math.min(referenceCount, count) < FEWEST_VALUES) {
    return { verdict: "too_few", psi: null, chance: null, referenceCount, count };
  }
  const used = reference.flatMap((before, index) => {
    const now = sample[index] ?? 0;
    return before + now === 0 ? [] : [{ before, now }];
  });
  const share = (value: number, total: number): number => (value + SMOOTHING) / (total + SMOOTHING * used.length);
  const psi = used.reduce((sum, { before, now }) => {
    const [q, p] = [share(before, referenceCount), share(now, count)];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
  const chance = chanceOf(used.length - 1, referenceCount, count);
  return { verdict: verdictOf(psi, chance), psi, chance, referenceCount, count };
}

function verdictOf(psi: number, chance: number): StabilityVerdict {
  if (psi <= chance || psi < MOVED_FROM) return "stable";
  return psi < DRIFT_FROM ? "moved" : "drift";
}

/**
 * Two samples of one distribution have an index of about (1/n + 1/m)·χ² with a degree of freedom per bin but one
 * (Yurdakul 2018); χ² by Wilson and Hilferty.
 */
function chanceOf(degrees: number, n: number, m: number): number {
  if (degrees === 0) return 0;
  const spread = 2 / (9 * degrees);
  const chiSquare = degrees * (1 - spread + normalUpperPoint(CHANCE) * Math.sqrt(spread)) ** 3;
  return (1 / n + 1 / m) * chiSquare;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, value) => sum + value, 0);
}
