/**
 * Which changed component explains that a release is worse: the one whose presence in other releases goes along with the
 * same harm. Each component is one hypothesis, "nothing that changed" and "not worse at all" are two more; their
 * posterior probabilities order the suspects. Naming one at 0.9 keeps the expected share of false names at 10 %.
 */
import { effectOf, type ArmPair, type Effect } from "./effect";

/** What the record says for a component besides the history of releases. */
export type Hint = "parity_broken" | "feature_drift" | "can_differ_by_segment";

/**
 * How much likelier each is where the component is guilty than where it is not. Assumed from what these things are, not
 * measured; a history of releases outweighs them.
 */
const HINT_WEIGHTS: Readonly<Record<Hint, number>> = {
  parity_broken: 20,
  feature_drift: 5,
  can_differ_by_segment: 3,
};

/** A changed component, named by its kind and slot. */
interface SuspectInput {
  readonly kind: string;
  readonly hints: readonly Hint[];
}

/** Another release of the application that served beside a control. */
export interface PastRelease {
  readonly releaseId: string;
  /** The kinds in which it holds what the candidate changed to. */
  readonly shares: readonly string[];
  readonly pair: ArmPair;
}

export interface BlameInput {
  readonly suspects: readonly SuspectInput[];
  readonly candidate: ArmPair;
  readonly past: readonly PastRelease[];
  /** Requests of one conversation that count as one; 2 when it was not measured. */
  readonly dispersion: number;
}

export interface RankedSuspect {
  readonly kind: string;
  /** 0–1. */
  readonly posterior: number;
  /** Other releases that share it, and how they fared. */
  readonly seenIn: readonly { readonly releaseId: string; readonly effect: Effect; readonly pair: ArmPair }[];
}

export interface Ranking {
  /** Most probable first. */
  readonly suspects: readonly RankedSuspect[];
  /** The release is not worse than its control. */
  readonly notWorse: number;
  /** It is worse, but no changed component alone explains it. */
  readonly unexplained: number;
  readonly candidate: Effect;
}

const PRIOR_NOT_WORSE = 0.5;
/** Against 1 for a component without hints. */
const WEIGHT_UNEXPLAINED = 0.05;

export function rankComponents({ suspects, candidate, past, dispersion }: BlameInput): Ranking {
  const own = effectOf(candidate, dispersion);
  const others = past.map((release) => ({ ...release, effect: effectOf(release.pair, dispersion) }));
  const seenIn = suspects.map(({ kind }) => others.filter(({ shares }) => shares.includes(kind)));
  const weights = suspects.map(({ hints }) => hints.reduce((product, hint) => product * HINT_WEIGHTS[hint], 1));
  const total = weights.reduce((sum, weight) => sum + weight, WEIGHT_UNEXPLAINED);
  const logPrior = (weight: number): number => Math.log(((1 - PRIOR_NOT_WORSE) * weight) / total);
  const scores = [
    ...seenIn.map((seen, index) => logPrior(weights[index] ?? 1) + logBayesFactor([own, ...seen.map(effectIn)])),
    logPrior(WEIGHT_UNEXPLAINED) + logBayesFactor([own]),
    Math.log(PRIOR_NOT_WORSE),
  ];
  const posteriors = normalised(scores);
  const ranked = suspects.map(({ kind }, index) => ({
    kind,
    posterior: posteriors[index] ?? 0,
    seenIn: (seenIn[index] ?? []).map(({ releaseId, effect, pair }) => ({ releaseId, effect, pair })),
  }));
  return {
    suspects: ranked.toSorted((a, b) => b.posterior - a.posterior),
    unexplained: posteriors[suspects.length] ?? 0,
    notWorse: posteriors[suspects.length + 1] ?? 0,
    candidate: own,
  };
}

function effectIn({ effect }: { readonly effect: Effect }): Effect {
  return effect;
}

/** Sizes of harm that are thought of: odds 1.1 to 55 times as high, half-normal with a typical factor of three. */
const SIZES = Array.from({ length: 79 }, (_, index) => 0.1 + index * 0.05);
const TYPICAL = 1.1;
const SIZE_WEIGHTS = normalised(SIZES.map((size) => -(size * size) / (2 * TYPICAL * TYPICAL)));

/**
 * Logarithm of how much likelier the effects are if all of these releases share one harm of unknown size than if none is
 * worse: effects are normal around the harm, so only the terms that differ remain.
 */
function logBayesFactor(effects: readonly Effect[]): number {
  return logSumExp(
    SIZES.map((size, index) => {
      const fit = effects.reduce(
        (sum, { logOdds, variance }) => sum + (logOdds * size - (size * size) / 2) / variance,
        0,
      );
      return Math.log(SIZE_WEIGHTS[index] ?? 0) + fit;
    }),
  );
}

function logSumExp(terms: readonly number[]): number {
  const most = Math.max(...terms);
  return most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0));
}

/** Probabilities in proportion to the exponentials. */
function normalised(logs: readonly number[]): number[] {
  const total = logSumExp(logs);
  return logs.map((log) => Math.exp(log - total));
}
