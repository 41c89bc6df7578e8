/** Where a rollout stands among its policy's steps, and how much traffic that gives the candidate. */
import { percentageOf, type Policy, type Step } from "@/server/domain/policy/policy";
import type { RolloutRow } from "@/server/store/control/rollouts";

/** 0–100 of subjects (of requests, for a shadow) that a step sends to the candidate; an approval sends nothing of its own. */
export function stepPercentage(step: Step): number | undefined {
  switch (step.kind) {
    case "shadow":
    case "canary":
      return percentageOf(step.share);
    case "soak":
      return percentageOf(1 - step.holdback);
    case "approval":
      return undefined;
  }
}

/** What the candidate gets during step `index`: while people are asked, what the step before gave. */
export function percentageAt(policy: Policy, index: number): number {
  for (let at = index; at >= 0; at--) {
    const step = policy.steps[at];
    const percentage = step === undefined ? undefined : stepPercentage(step);
    if (percentage !== undefined) return percentage;
  }
  return 0;
}

/** The step as summaries show it; gating and ended rollouts are in none. */
export function currentStep(
  policy: Policy,
  row: RolloutRow,
): { index: number; count: number; kind: string; percentage: number; startedAt: number | null } {
  const place = { index: row.stepIndex, count: policy.steps.length };
  if (row.endedAtMs !== null) {
    return { ...place, kind: row.state, percentage: row.state === "promoted" ? 100 : 0, startedAt: null };
  }
  const state = row.state === "paused" ? (row.pausedFrom ?? row.state) : row.state;
  if (state === "draft" || state === "gating") {
    return { ...place, kind: state, percentage: 0, startedAt: row.stepStartedAtMs };
  }
  const kind = policy.steps[row.stepIndex]?.kind ?? state;
  return { ...place, kind, percentage: percentageAt(policy, row.stepIndex), startedAt: row.stepStartedAtMs };
}
