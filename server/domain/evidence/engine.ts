/**
 * The evidence number M of a rule and its update, a weighted Shiryaev–Roberts mixture of e-processes.
 * If the rule is met, P(M ever ≥ 1/α within T) ≤ α·(½ + ½·T/24 h), however often it is looked at.
 */
import { HORIZON_SEC, MAX_ELL, MAX_WEIGHT, SPREAD_WEIGHT, START_WEIGHT } from "./constants";

/** One accumulated weight per effect size, and the time they cover. */
export interface Evidence {
  readonly weights: readonly number[];
  /** Sum of the updates' durations; 0 before the first update. */
  readonly elapsedSec: number;
}

/** Settings of an update that are frozen with the rule. */
export interface EvidenceOptions {
  /** Design effect φ ≥ 1: how many dependent observations carry the information of one independent one. */
  readonly dispersion: number;
  readonly horizonSec?: number;
}

/** Evidence before the first update. */
export function startEvidence(size: number): Evidence {
  return { weights: Array.from({ length: size }, () => 0), elapsedSec: 0 };
}

/**
 * R_k ← min(1e280, (R_k + w)·exp(min(600, ℓ_k/φ))), w = ½·dt/H and another ½ at the first update.
 * `dtSec` is the time since the previous update on the buckets' clock.
 */
export function updateEvidence(
  past: Evidence,
  ell: readonly number[],
  dtSec: number,
  options: EvidenceOptions,
): Evidence {
  const horizonSec = options.horizonSec ?? HORIZON_SEC;
  const fresh = past.elapsedSec === 0 ? START_WEIGHT : 0;
  const added = (SPREAD_WEIGHT * dtSec) / horizonSec + fresh;
  const weights = past.weights.map((weight, k) => {
    const exponent = Math.min(MAX_ELL, (ell[k] ?? 0) / options.dispersion);
    return Math.min(MAX_WEIGHT, (weight + added) * Math.exp(exponent));
  });
  return { weights, elapsedSec: past.elapsedSec + dtSec };
}

/** M = Σ π_k·R_k: 100 means the data are 100 times likelier if the rule is broken than if it is met. */
export function evidenceValue(evidence: Evidence, prior: readonly number[]): number {
  return evidence.weights.reduce((sum, weight, k) => sum + weight * (prior[k] ?? 0), 0);
}

/** log10 of an evidence value, finite also for 0: what people read. */
export function log10Evidence(value: number): number {
  return Math.log10(Math.max(value, 1e-300));
}

/** The share of the budget α that may have been spent after `elapsedSec`: ½ + ½·T/H. */
export function budgetFactor(elapsedSec: number, horizonSec: number = HORIZON_SEC): number {
  return START_WEIGHT + (SPREAD_WEIGHT * elapsedSec) / horizonSec;
}
