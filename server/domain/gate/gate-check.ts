/** One check of a gate and what it saw. */
import type { ItemComparison } from "./compare-items";

/** `free` checks (manifest, digests, parity, quarantine …) cost nothing and come first; `paid` ones need an evaluation run. */
export const GATE_TIERS = ["free", "paid"] as const;
type GateTier = (typeof GATE_TIERS)[number];

export interface GateCheck {
  readonly tier: GateTier;
  /** `tokens`, or `quality@region=us-west` for one slice of the golden set. */
  readonly name: string;
  readonly passed: boolean;
  /** The candidate's value, or its change as a fraction of the baseline's; null when it could not be told. */
  readonly observed: number | null;
  /** The limit it was held to, in the same terms. */
  readonly limit: number | null;
  readonly message: string;
  /** Case by case against the baseline, where both runs came with their cases. */
  readonly comparison?: ItemComparison;
  /** Not passed, and not shown to be broken either: the difference is inside the noise. */
  readonly undecided?: true;
}
