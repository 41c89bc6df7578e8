/**
 * What the evidence reads: plain sums of one rule over one bucket of arrival time, per arm. Sums merge by addition, in any
 * order. Buckets are closed before they are read, and each is read once, in order.
 */
import type { SketchBins } from "./sketch-exceed";
import type { TentMass } from "./tent-histogram";
import { mergeTents } from "./tent-histogram";

/** Distinct subjects that are remembered: enough to answer "at least three". */
const MAX_SUBJECTS = 3;

/** The sums of one arm. Which of them a rule needs, and what an event is, is said by its `counted` (rule-config.ts). */
export interface ArmBucket {
  /** Observations: requests for which the event is known, or that have the measure or score. */
  readonly n: number;
  /** Observations that count against the rule. */
  readonly events: number;
  /** The (at most three) smallest distinct hashed subjects of the events; a request without a subject is its own. */
  readonly badSubjects: readonly string[];
  /** Tent histogram of the values on the rule's edges; absent for rates and quantiles. */
  readonly tent?: TentMass;
  /** Logarithmic sketch of the values; only for quantiles compared with the control. Ascending indices. */
  readonly bins?: SketchBins;
}

/** The sums over requests that both arms answered. */
export interface PairBucket {
  /** Pairs of which both halves are known. */
  readonly n: number;
  /** Tent histogram on DIFFERENCE_EDGES of the differences the rule's `PairWeights` name; absent for events. */
  readonly tent?: TentMass;
  /** Pairs with the event in the candidate only; for scores those with a negative difference. */
  readonly candidateOnly: number;
  /** Pairs with the event in the control only; for scores those with a positive difference. */
  readonly controlOnly: number;
  /** As in `ArmBucket`, of the pairs counted in `candidateOnly`. */
  readonly badSubjects: readonly string[];
}

/** One bucket `[startMs, endMs)` of one rule. Empty arms are normal. */
export interface EvidenceBucket {
  readonly startMs: number;
  readonly endMs: number;
  readonly candidate: ArmBucket;
  readonly control: ArmBucket;
  readonly pairs?: PairBucket;
}

export const EMPTY_ARM: ArmBucket = { n: 0, events: 0, badSubjects: [] };

/** Both buckets of one arm as one. */
export function mergeArms(left: ArmBucket, right: ArmBucket): ArmBucket {
  if (left === EMPTY_ARM) return right;
  const tent = mergedTent(left.tent, right.tent);
  const bins = mergedBins(left.bins, right.bins);
  return {
    n: left.n + right.n,
    events: left.events + right.events,
    badSubjects: mergeSubjects(left.badSubjects, right.badSubjects),
    ...(tent === undefined ? {} : { tent }),
    ...(bins === undefined ? {} : { bins }),
  };
}

/** Both buckets of pairs as one. */
export function mergePairs(left: PairBucket, right: PairBucket): PairBucket {
  const tent = mergedTent(left.tent, right.tent);
  return {
    n: left.n + right.n,
    candidateOnly: left.candidateOnly + right.candidateOnly,
    controlOnly: left.controlOnly + right.controlOnly,
    badSubjects: mergeSubjects(left.badSubjects, right.badSubjects),
    ...(tent === undefined ? {} : { tent }),
  };
}

/** The three smallest distinct subjects of both lists: the same whatever the order of merging. */
export function mergeSubjects(left: readonly string[], right: readonly string[]): readonly string[] {
  if (right.length === 0 || isSame(left, right)) return left;
  return [...new Set([...left, ...right])].toSorted(byCodeUnit).slice(0, MAX_SUBJECTS);
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((subject, at) => subject === right[at]);
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function mergedTent(left: TentMass | undefined, right: TentMass | undefined): TentMass | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return mergeTents(left, right);
}

function mergedBins(left: SketchBins | undefined, right: SketchBins | undefined): SketchBins | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return mergeBins(left, right);
}

/** Adds two sketches bin by bin, ascending. */
export function mergeBins(left: SketchBins, right: SketchBins): SketchBins {
  const counts = new Map(left);
  for (const [index, count] of right) counts.set(index, (counts.get(index) ?? 0) + count);
  return [...counts].toSorted(([a], [b]) => a - b);
}
