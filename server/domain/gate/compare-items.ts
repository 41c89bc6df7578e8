/**
 * Candidate against baseline case by case: the difference of a score with its interval, paired where both ran the same
 * cases. Looked at once per gate; nothing that is watched continuously may use it.
 */
import { studentPoint } from "@/server/domain/statistics/student-t";
import type { GoldenItem } from "./golden-item";

/** Fewer cases say nothing about noise. */
const FEWEST_CASES = 5;

/** Candidate minus baseline, in the score's unit, at the level asked for. */
export interface ItemComparison {
  /** The same cases on both sides: differences are taken within each case. */
  readonly paired: boolean;
  /** Matched cases, or the smaller side's cases. */
  readonly n: number;
  readonly baseline: number;
  readonly candidate: number;
  readonly difference: number;
  readonly lower: number;
  readonly upper: number;
  /** The interval includes no difference at all. */
  readonly insideNoise: boolean;
}

/** Two-sided level of a single comparison. */
const ALPHA = 0.05;

/** Share of the smaller side's cases that must match for the comparison to be paired. */
const PAIRED_FROM = 0.5;

/**
 * Compares a score over the cases that have it: Student's interval of the paired differences, else Welch's of two means.
 *
 * @param alpha two-sided; smaller where many slices are looked at together.
 * @returns undefined with fewer than five cases on a side.
 */
export function compareItems({
  baseline,
  candidate,
  score,
  alpha = ALPHA,
}: {
  readonly baseline: readonly GoldenItem[];
  readonly candidate: readonly GoldenItem[];
  readonly score: string;
  readonly alpha?: number;
}): ItemComparison | undefined {
  const [before, now] = [scoresById(baseline, score), scoresById(candidate, score)];
  const pairs = [...now].flatMap(([id, value]) => {
    const base = before.get(id);
    return base === undefined ? [] : [{ base, value }];
  });
  const smaller = Math.min(before.size, now.size);
  if (pairs.length >= FEWEST_CASES && pairs.length >= PAIRED_FROM * smaller) return compareMatched(pairs, alpha);
  return smaller < FEWEST_CASES ? undefined : compareSeparate([...before.values()], [...now.values()], alpha);
}

function scoresById(items: readonly GoldenItem[], score: string): Map<string, number> {
  return new Map(
    items.flatMap(({ id, scores }) => {
      const value = Object.hasOwn(scores, score) ? scores[score] : undefined;
      return value === undefined ? [] : [[id, value] as const];
    }),
  );
}

function compareMatched(pairs: readonly { base: number; value: number }[], alpha: number): ItemComparison {
  const change = momentsOf(pairs.map(({ base, value }) => value - base));
  const half = studentPoint(alpha, pairs.length - 1) * Math.sqrt(change.variance / pairs.length);
  return comparison({
    paired: true,
    n: pairs.length,
    baseline: momentsOf(pairs.map(({ base }) => base)).mean,
    candidate: momentsOf(pairs.map(({ value }) => value)).mean,
    difference: change.mean,
    half,
  });
}

/** Welch's interval; its degrees of freedom by Satterthwaite. */
function compareSeparate(before: readonly number[], now: readonly number[], alpha: number): ItemComparison {
  const [base, mine] = [momentsOf(before), momentsOf(now)];
  const [u, v] = [base.variance / before.length, mine.variance / now.length];
  const spread = u + v;
  const degrees = spread === 0 ? 1 : spread ** 2 / (u ** 2 / (before.length - 1) + v ** 2 / (now.length - 1));
  return comparison({
    paired: false,
    n: Math.min(before.length, now.length),
    baseline: base.mean,
    candidate: mine.mean,
    difference: mine.mean - base.mean,
    half: studentPoint(alpha, degrees) * Math.sqrt(spread),
  });
}

function comparison({
  half,
  ...given
}: Omit<ItemComparison, "lower" | "upper" | "insideNoise"> & { readonly half: number }): ItemComparison {
  const { difference } = given;
  const [lower, upper] = [difference - half, difference + half];
  return { ...given, lower, upper, insideNoise: lower <= 0 && upper >= 0 };
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: values.length < 2 ? 0 : squares / (values.length - 1) };
}

/** A score's mean over the cases that have it, with Student's interval; unbounded for a single case. */
export function meanOfItems(
  items: readonly GoldenItem[],
  score: string,
  alpha: number,
): { mean: number; lower: number; upper: number; n: number } {
  const values = [...scoresById(items, score).values()];
  const { mean, variance } = momentsOf(values);
  const half =
    values.length < 2 ? Infinity : studentPoint(alpha, values.length - 1) * Math.sqrt(variance / values.length);
  return { mean, lower: mean - half, upper: mean + half, n: values.length };
}
