/** Whether traffic is split as configured: a canary that gets another share than it should is not a fair sample. */
import { ALPHA_SPLIT, GRID_SIZE, MAX_ELL, PI_G } from "./constants";
import type { Evidence } from "./engine";
import { evidenceValue, startEvidence, updateEvidence } from "./engine";
import { rateEll } from "./rate-kernel";

/** Evidence for a share above and below the configured one. */
export interface SplitEvidence {
  readonly above: Evidence;
  readonly below: Evidence;
}

export function startSplit(): SplitEvidence {
  return { above: startEvidence(GRID_SIZE), below: startEvidence(GRID_SIZE) };
}

/** Takes one bucket's requests in. `share` is the candidate's configured share then; φ is that of subjects, not requests. */
export function advanceSplit(
  past: SplitEvidence,
  step: { candidateN: number; controlN: number; share: number; dtSec: number; dispersion: number },
): SplitEvidence {
  const { candidateN, controlN, share, dtSec, dispersion } = step;
  const counts = { s: candidateN, n: candidateN + controlN, p0: share };
  return {
    above: updateEvidence(past.above, rateEll({ ...counts, direction: 1 }), dtSec, { dispersion }),
    below: updateEvidence(past.below, rateEll({ ...counts, direction: -1 }), dtSec, { dispersion }),
  };
}

/** The average of both directions against 1/0.001. */
export function isSplitMismatch(state: SplitEvidence): boolean {
  return (evidenceValue(state.above, PI_G) + evidenceValue(state.below, PI_G)) / 2 >= 1 / ALPHA_SPLIT;
}

/**
 * The same question of subjects instead of requests. A sticky assignment draws once per subject, so that a busy one adds
 * nothing: this needs no φ. With subjects counted from one fixed start it is a mixture martingale in their number, and
 * P(ever ≥ 1/0.001) ≤ 0.001 however often it is looked at.
 */
export function isSubjectSplitMismatch(counts: { candidate: number; control: number; share: number }): boolean {
  const { candidate, control, share } = counts;
  const rate = { s: candidate, n: candidate + control, p0: share };
  const mixture = (direction: 1 | -1): number =>
    rateEll({ ...rate, direction }).reduce((sum, ell, k) => sum + (PI_G[k] ?? 0) * Math.exp(Math.min(MAX_ELL, ell)), 0);
  return (mixture(1) + mixture(-1)) / 2 >= 1 / ALPHA_SPLIT;
}
