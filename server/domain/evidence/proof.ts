/**
 * The proof that a rule is within its limit, cumulative since the start. Kept in the log domain: the linear form underflows to
 * zero after hours of bad data and could never recover.
 */

/** One accumulated log-likelihood ratio per effect size. */
export type Proof = readonly number[];

export function startProof(size: number): number[] {
  return Array.from({ length: size }, () => 0);
}

/** Adds one tick's log-likelihood ratios (direction −1), divided by the design effect. */
export function updateProof(past: Proof, ell: readonly number[], dispersion: number): number[] {
  return past.map((sum, k) => sum + (ell[k] ?? 0) / dispersion);
}

/** The priors are a few constants, and their logarithms are asked for with every bucket of every rule. */
const KNOWN_LOGS = new WeakMap<readonly number[], readonly number[]>();

function logsOf(prior: readonly number[]): readonly number[] {
  let logs = KNOWN_LOGS.get(prior);
  if (logs === undefined) KNOWN_LOGS.set(prior, (logs = prior.map(Math.log)));
  return logs;
}

/** ln Σ π_k·exp(L_k); proven when it reaches ln(1/β). P(ever a false proof) ≤ β. */
export function proofLogValue(proof: Proof, prior: readonly number[]): number {
  const logs = logsOf(prior);
  const terms = proof.map((sum, k) => sum + (logs[k] ?? -Infinity));
  const top = Math.max(...terms);
  return top + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - top), 0));
}
