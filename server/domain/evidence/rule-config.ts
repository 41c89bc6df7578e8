/**
 * A rule as the evidence engine runs it: one statement about a candidate, the test for it, and the conditions of a breach.
 * Frozen when a rollout starts: another limit, margin or design effect is another rule with fresh evidence.
 */
import type { ThresholdAction } from "@/server/domain/vocabulary";
import type { Dispersion } from "./dispersion";
import type { Margin } from "./rate-kernel";
import type { TentEdges } from "./tent-histogram";

/** A statement about the candidate alone. */
export type AbsoluteTest =
  /** P(event) ≤ limit. A `min` limit is turned into one on the complement before it gets here. */
  | { readonly kind: "rate"; readonly limit: number }
  /** Mean ≤ limit (`max`) or ≥ limit (`min`) of values in [lo, hi]; values above hi count as hi where a bound is needed. */
  | {
      readonly kind: "mean";
      readonly side: "max" | "min";
      readonly limit: number;
      readonly lo: number;
      readonly hi: number;
      readonly edges: TentEdges;
    };

/** A statement about the candidate and a concurrent control. */
export type RelativeTest =
  /** p_B ≤ ρ·p_A + δ of the counted events. */
  | { readonly kind: "rate"; readonly margin: Margin; readonly proofMargin: Margin }
  /** At every cut q: no more of B is beyond `factor` times A's q-quantile than of A beyond the quantile itself. */
  | {
      readonly kind: "quantile";
      readonly worse: "high" | "low";
      readonly factor: number;
      readonly proofFactor: number;
      readonly cuts: readonly number[];
    }
  /** μ_B ≤ factor·μ_A (worse is high) or μ_B ≥ factor·μ_A (worse is low), of values in [lo, hi]; hi undefined: see `meanBlockElls`. */
  | {
      readonly kind: "mean";
      readonly worse: "high" | "low";
      readonly lo: number;
      readonly hi: number | undefined;
      readonly edges: TentEdges;
      readonly factor: number;
      readonly proofFactor: number;
    }
  /** E[d] ≥ −delta of the differences d of the same requests, as `PairWeights` says. */
  | { readonly kind: "paired_mean"; readonly delta: number }
  /** Candidate and control are exchangeable on the same requests. Only for rules that pause. */
  | { readonly kind: "paired_shift" }
  /** Requests that only the candidate got wrong are no more than those that only the control got wrong. */
  | { readonly kind: "paired_rate" };

/** What a rule tests: a limit (with the comparison that attributes a breach, unless there is none), or a comparison. */
export type RuleTest =
  | { readonly axis: "absolute"; readonly absolute: AbsoluteTest; readonly twin: RelativeTest | null }
  | { readonly axis: "relative"; readonly relative: RelativeTest };

/** The difference of a pair: d = candidate·(candidate's value) + control·(control's value), in [−1, 1], negative is worse. */
export interface PairWeights {
  readonly candidate: number;
  readonly control: number;
}

/** What the buckets of a rule must count: for whoever fills them from stored telemetry. */
export interface Counted {
  readonly source: { readonly kind: "event" | "measure" | "score"; readonly name: string };
  /** Which observations are events: `any` where every observation carries evidence. */
  readonly event:
    | { readonly is: "happened" | "missing" | "any" }
    | { readonly is: "above" | "below"; readonly limit: number };
  /** Fill `tent` on these edges. */
  readonly tentEdges?: TentEdges;
  /** Fill `bins`. */
  readonly sketch: boolean;
  /** Fill `pairs`, for scores with the tent of these differences. */
  readonly pair?: PairWeights;
}

/** A rule of a running rollout. */
export interface RuleConfig {
  readonly ruleId: string;
  /** The metric's name in the policy. */
  readonly metric: string;
  readonly segment?: { readonly name: string; readonly value: string };
  readonly action: ThresholdAction;
  readonly test: RuleTest;
  readonly counted: Counted;
  /** The rule's share of the false-alarm budget per horizon: a breach needs M ≥ 1/alpha. */
  readonly alpha: number;
  /** Chance of a false proof that the rule is within its limit. */
  readonly beta: number;
  readonly dispersion: Dispersion;
  readonly horizonSec: number;
  /** M must stay at its threshold for this long. */
  readonly sustainSec: number;
  /** Data of the candidate's first seconds that are not used. */
  readonly warmupSec: number;
  /** A breach needs this many observations, events, and distinct subjects among the events. */
  readonly minRequests: number;
  readonly minEvents: number;
  readonly minSubjects: number;
}

/** The evidence at which a rule breaches. */
export function breachThreshold(config: Pick<RuleConfig, "alpha">): number {
  return 1 / config.alpha;
}

/** The comparison with the control that a rule makes, as its twin or by itself. */
export function comparisonOf({ test }: Pick<RuleConfig, "test">): RelativeTest | null {
  return test.axis === "absolute" ? test.twin : test.relative;
}
