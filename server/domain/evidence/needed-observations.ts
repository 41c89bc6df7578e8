/** How much more data a rule is likely to need: for "waiting for evidence", never for a decision. */

/** KL(p‖q) of two Bernoulli distributions, in nats. */
function bernoulliKl(p: number, q: number): number {
  const first = p === 0 ? 0 : p * Math.log(p / q);
  const second = p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q));
  return first + second;
}

/**
 * Observations after which a rate that truly is `p` will be told from the limit `p0`:
 * N ≈ φ·(ln(1/level) + ln 2 + 1.5)/KL(p‖p0). Infinity when p equals p0. `level` is α of the rule, or β for a proof.
 */
export function neededObservations(input: { p: number; p0: number; level: number; dispersion: number }): number {
  const { p, p0, level, dispersion } = input;
  const distance = bernoulliKl(Math.min(Math.max(p, 0), 1), p0);
  if (distance === 0) return Infinity;
  return Math.ceil((dispersion * (Math.log(1 / level) + Math.LN2 + 1.5)) / distance);
}
