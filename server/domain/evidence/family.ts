/** Several rules together: how the false-alarm budget is shared out, and which rules regressed. */
import { budgetFactor } from "./engine";

/** Share of a family's budget that the per-segment rules get together. */
const SEGMENT_SHARE = 0.2;

export interface AlphaShare {
  /** For the rule over all traffic. */
  readonly rule: number;
  /** For the same rule in each one segment. */
  readonly perSegment: number;
}

/**
 * Weighted Bonferroni: α_rule = α·v_rule with Σ v = 1, valid under any dependence. `segmentSlots` is how many segment values
 * may ever be watched in the rollout; with any, the segment rules share a fifth of the budget equally.
 */
export function splitAlpha(input: {
  alpha: number;
  rules: readonly { ruleId: string; weight: number }[];
  segmentSlots: number;
}): ReadonlyMap<string, AlphaShare> {
  const { alpha, rules, segmentSlots } = input;
  const total = rules.reduce((sum, { weight }) => sum + weight, 0);
  const segmentShare = segmentSlots > 0 ? SEGMENT_SHARE : 0;
  const perSegment = segmentSlots > 0 ? (alpha * segmentShare) / (rules.length * segmentSlots) : 0;
  return new Map(
    rules.map(({ ruleId, weight }) => [ruleId, { rule: (alpha * (1 - segmentShare) * weight) / total, perSegment }]),
  );
}

/**
 * Which metrics regressed, for the postmortem: e-BH at false-discovery rate `q`, valid under any dependence. Strongest first.
 */
export function regressedRules(input: {
  rules: readonly { ruleId: string; m: number }[];
  elapsedSec: number;
  horizonSec?: number;
  q: number;
}): readonly string[] {
  const spent = Math.max(1, budgetFactor(input.elapsedSec, input.horizonSec));
  const sorted = input.rules.toSorted((a, b) => b.m - a.m);
  const size = sorted.length;
  const last = sorted.findLastIndex(({ m }, i) => m / spent >= size / ((i + 1) * input.q));
  return sorted.slice(0, last + 1).map(({ ruleId }) => ruleId);
}
