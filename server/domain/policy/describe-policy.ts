/** A policy in sentences, for the editor's read-back and for approvers. Generated, so that it cannot disagree. */
import type { Metric } from "@/server/domain/metric/metric";
import { metricLabel, metricUnit } from "@/server/domain/metric/metric";
import type { ThresholdAction } from "@/server/domain/vocabulary";
import { formatDuration } from "./duration";
import type { Bound, Gate, GateRule, Policy, Step, Threshold } from "./policy";
import { percentageOf } from "./policy";
import type { EvidenceMode } from "./policy-document";

/** What a broken rule does, as the beginning of a sentence. */
export const ACTION_WORDS: Readonly<Record<ThresholdAction, string>> = {
  rollback: "Roll back",
  pause_for_review: "Pause for review",
  notify: "Notify",
};

/** `Roll back when p95 time to first token is above 850 ms over 5m, with at least 100 requests.` */
export function describeThreshold(threshold: Threshold, evidence: EvidenceMode = "confident"): string {
  const parts = [
    `${ACTION_WORDS[threshold.action]} when ${metricLabel(threshold.metric)} is ${boundWords(threshold.metric, threshold.bound)}`,
    ` over ${formatDuration(threshold.windowMs)}`,
  ];
  if (evidence === "window" && threshold.consecutive > 1) parts.push(`, in ${threshold.consecutive} windows in a row`);
  if (threshold.minRequests > 1) parts.push(`, with at least ${threshold.minRequests} requests`);
  if (threshold.segments.length > 0) parts.push(`, as a whole or within one ${threshold.segments.join(" or ")}`);
  if (threshold.attribution === "none") parts.push(", even if the control is no better");
  const sentence = `${parts.join("")}.`;
  return threshold.dryRun ? `Dry run, decides nothing: ${sentence}` : sentence;
}

/** The whole policy, one sentence a line, in the order in which a rollout meets it. */
export function describePolicy(policy: Policy): string[] {
  const approver = policy.allowSelfApproval
    ? "Anyone with the role may approve, the candidate's author included."
    : "Neither the candidate's author nor whoever started the rollout may approve it.";
  return [
    ...policy.gates.map(describeGate),
    ...policy.steps.map((step, index) => `Step ${index + 1}: ${describeStep(step)}`),
    ...(policy.steps.some((step) => step.kind === "approval") ? [approver] : []),
    ...policy.thresholds.map((threshold) => describeThreshold(threshold, policy.evidence)),
    evidenceWords(policy),
    ...(policy.warmupMs > 0
      ? [`Evidence of the first ${formatDuration(policy.warmupMs)} of serving is not used.`]
      : []),
    `Data younger than ${formatDuration(policy.settleMs)} is shown as provisional and not decided on.`,
  ];
}

/** How a breach is established, and what that promises of healthy rollouts. */
export function evidenceWords({ evidence, alpha }: Policy): string {
  return evidence === "confident"
    ? `A breach needs evidence that stays valid however often it is looked at: at most ${percentWords(alpha)} of healthy rollouts are rolled back in a day.`
    : "A breach is a run of window values beyond the limit; healthy rollouts near a limit will be stopped by chance.";
}

function describeGate(gate: Gate): string {
  return `Gate: ${gate.name} must ${gate.rules.map(gateWords).join(" and ")}.`;
}

function gateWords(rule: GateRule): string {
  switch (rule.kind) {
    case "improve":
      return "be better than the baseline's";
    case "max":
      return `be at most ${rule.limit}`;
    case "min":
      return `be at least ${rule.limit}`;
    case "max_increase":
      return `exceed the baseline's by at most ${percentWords(rule.fraction)}`;
    case "max_decrease":
      return `fall short of the baseline's by at most ${percentWords(rule.fraction)}`;
  }
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "shadow":
      return `copy ${percentWords(step.share)} of requests to the candidate, unseen by users,${waits(step.minDurationMs, step.minRequests)}.`;
    case "canary":
      return `serve the candidate to ${percentWords(step.share)} of subjects${waits(step.minDurationMs, step.minRequests)}.`;
    case "approval":
      return `wait for ${step.required === 1 ? "an approval" : `${step.required} approvals`}${expiry(step.expiresMs)}.`;
    case "soak": {
      const held = step.holdback > 0 ? ` but ${percentWords(step.holdback)} of subjects` : "";
      return `serve the candidate to all${held}${waits(step.durationMs, step.minRequests)}.`;
    }
  }
}

function expiry(expiresMs: number | undefined): string {
  return expiresMs === undefined ? "" : `; end the rollout when none came for ${formatDuration(expiresMs)}`;
}

function waits(durationMs: number, minRequests: number): string {
  const requests = minRequests === 1 ? "1 request" : `${minRequests} requests`;
  return durationMs === 0
    ? ` until ${requests} came in`
    : ` for at least ${formatDuration(durationMs)} and ${requests}`;
}

/** `above 850 ms`: beyond the bound, after "when it is". */
export function boundWords(metric: Metric, bound: Bound): string {
  switch (bound.kind) {
    case "max":
      return `above ${limitWords(metric, bound.limit)}`;
    case "min":
      return `below ${limitWords(metric, bound.limit)}`;
    case "max_increase":
      return `more than ${percentWords(bound.fraction)} above the concurrent control's`;
    case "max_decrease":
      return `more than ${percentWords(bound.fraction)} below the concurrent control's`;
  }
}

/** A limit in full: rounding one would describe another policy. */
export function limitWords(metric: Metric, limit: number): string {
  switch (metricUnit(metric)) {
    case "ratio":
      return percentWords(limit);
    case "usd":
      return metric.kind === "mean" ? `$${Number((limit * 1000).toPrecision(12))}/1k` : `$${limit}`;
    case "ms":
      return `${limit} ms`;
    case "tokens":
      return `${limit} tokens`;
    case "score":
    case "requests":
    case "number":
      return String(limit);
  }
}

/** `15 %`, in full. */
export function percentWords(share: number): string {
  return `${percentageOf(share)} %`;
}
