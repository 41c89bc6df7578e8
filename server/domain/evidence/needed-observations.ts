/** How much more data a rule is likely to need: for "waiting for evidence", never for a decision. */

import type { RuleConfig } from "./rule-config";
import type { RuleEvidence } from "./rule-evidence";

/** KL(p‖q) of two Bernoulli distributions, in nats. */
function bernoulliKl(p: number, q: number): number {
  const first = p === 0 ? 0 : p * Math.log(p / q);
  const second = p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q));
  return first + second;
}

/** Below this divergence p and p0 are one number up to rounding. */
const INDISTINGUISHABLE = 1e-12;

/**
 * Observations after which a rate that truly is `p` will be told from the limit `p0`:
 * N ≈ φ·(ln(1/level) + ln 2 + 1.5)/KL(p‖p0). Infinity when p equals p0. `level` is α of the rule, or β for a proof.
 */
export function neededObservations(input: { p: number; p0: number; level: number; dispersion: number }): number {
  const { p, p0, level, dispersion } = input;
  const distance = bernoulliKl(Math.min(Math.max(p, 0), 1), p0);
  if (distance < INDISTINGUISHABLE) return Infinity;
  return Math.ceil((dispersion * (Math.log(1 / level) + Math.LN2 + 1.5)) / distance);
}

/**
 * How many more observations of the candidate a rule is likely to need for a verdict, either way; undefined while nothing
 * can be said. Rates by the formula above, other rules by continuing the pace of the proof so far.
 */
export function moreNeeded(state: RuleEvidence, config: RuleConfig): number | undefined {
  const { n, events, values } = state;
  if (n === 0) return undefined;
  const { test } = config;
  if (test.axis === "absolute" && test.absolute.kind === "rate") {
    const p = events / n;
    const level = p > test.absolute.limit ? config.alpha : config.beta;
    const needed = neededObservations({ p, p0: test.absolute.limit, level, dispersion: config.dispersion.value });
    return Number.isFinite(needed) ? Math.max(config.minRequests - n, needed - n, 0) : undefined;
  }
  if (values.proofLog <= 0) return undefined;
  const pace = values.proofLog / n;
  return Math.max(config.minRequests - n, Math.ceil(Math.log(1 / config.beta) / pace) - n, 0);
}
