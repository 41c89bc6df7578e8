/** A rollout's step as summaries show it: which of how many, and how much traffic it gives the candidate. */
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf, stepsOf } from "@/server/domain/rollout/steps";
import type { RolloutRow } from "@/server/store/control/rollouts";
import type { RolloutSummary } from "./common-view";

/** `index` is −1 while gates are checked. An ended rollout gives all traffic (`promoted`) or none. */
export function currentStep(policy: Policy, row: RolloutRow): RolloutSummary["step"] {
  const steps = stepsOf(policy);
  const place = { index: row.stepIndex, count: steps.length };
  if (row.endedAtMs !== null) {
    return { ...place, kind: row.state, percentage: row.state === "promoted" ? 100 : 0, startedAt: null };
  }
  const state = row.state === "paused" ? (row.pausedFrom ?? row.state) : row.state;
  const kind = steps[row.stepIndex]?.kind ?? state;
  return { ...place, kind, percentage: servedPercentage(policy, row), startedAt: row.stepStartedAtMs };
}

/** 0–100 of subjects (of requests, for a shadow) that the candidate gets; those held back from a soak are left out. */
function servedPercentage(policy: Policy, row: RolloutRow): number {
  const { percentage, holdback } = exposureOf(policy, row);
  return percentage - holdback;
}
