/** A rule's part of its family's false-alarm budget as the policy alone says it: its own, or its share by weight. */
import { ALPHA_PAUSE, ALPHA_ROLLBACK } from "@/server/domain/evidence/constants";
import { splitAlpha } from "@/server/domain/evidence/family";
import { defaultWeight } from "@/server/domain/evidence/metric-class";
import type { Policy, Threshold } from "./policy";

/**
 * False alarms per 24 h that the rule over all traffic may raise.
 *
 * @param segmentSlots segment values that may be watched beside it; any of them leaves it four fifths.
 */
export function ruleAlpha(
  { alpha, thresholds }: Pick<Policy, "alpha" | "thresholds">,
  { threshold, segmentSlots = 0 }: { threshold: Threshold; segmentSlots?: number },
): number {
  if (threshold.alpha !== undefined) return threshold.alpha;
  const rollsBack = threshold.action === "rollback";
  const family = thresholds.filter((one) => (one.action === "rollback") === rollsBack || one.id === threshold.id);
  const budget = rollsBack ? alpha : Math.min(0.5, (alpha * ALPHA_PAUSE) / ALPHA_ROLLBACK);
  const rules = family.map((one) => ({ ruleId: one.id, weight: defaultWeight(one.metric) }));
  return splitAlpha({ alpha: budget, rules, segmentSlots }).get(threshold.id)?.rule ?? budget;
}
