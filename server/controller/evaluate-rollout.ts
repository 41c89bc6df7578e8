/** One evaluation of one live rollout: reads telemetry, asks the domain, and says what was seen. It changes nothing. */
import { readRule } from "@/server/domain/evidence/rule-reading";
import {
  concludeEvaluation,
  judgeWindows,
  type Judgement,
  type StepState,
} from "@/server/domain/policy/evaluate-policy";
import type { RuleWindows } from "@/server/domain/policy/evaluate-windows";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { judgeEvidence, type EvidenceRule } from "@/server/domain/policy/judge-evidence";
import type { Policy, Step } from "@/server/domain/policy/policy";
import type { EvaluationTelemetry } from "./evaluation-telemetry";
import { hasEnoughSubjects } from "./request-sample";
import { advanceEvidence, type AdvancedRule, type StoredEvidence } from "./rollout-evidence";
import { readRuleWindows, settledInstant, type Comparison } from "./rule-windows";

/** A live rollout with everything the evaluation depends on. */
export interface RolloutSituation {
  readonly comparison: Comparison;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly stepIndex: number;
  readonly stepStartedMs: number;
  readonly paused: boolean;
  /** Evidence as the last evaluation stored it; undefined at the first. */
  readonly previousEvidence: unknown;
  /** Rules whose breach a person has seen and let pass. */
  readonly acknowledged: ReadonlySet<string>;
}

export interface RolloutEvaluation {
  readonly evaluation: PolicyEvaluation;
  /** Data time of the evaluation: the newest settled instant, epoch ms. */
  readonly atMs: number;
  /** To be stored together with the evaluation; undefined for `evidence: window`, which carries nothing. */
  readonly evidence: StoredEvidence | undefined;
}

/** Evaluates at `nowMs`; undefined while nothing has settled since the rollout began. */
export function evaluateRollout(
  telemetry: EvaluationTelemetry,
  situation: RolloutSituation,
  nowMs: number,
): RolloutEvaluation | undefined {
  const { policy, comparison } = situation;
  const atMs = settledInstant(nowMs, policy.settleMs);
  if (policy.evidence === "window") {
    const rules = readRuleWindows(telemetry, { comparison, policy, atMs });
    return {
      atMs,
      evidence: undefined,
      evaluation: conclude(telemetry, { situation, judgement: judgeWindows(rules), atMs }),
    };
  }
  const { stored, rules } = advanceEvidence(telemetry, {
    previous: situation.previousEvidence,
    policy,
    policyVersion: situation.policyVersion,
    comparison,
    nowMs,
  });
  const windows = readRuleWindows(telemetry, { comparison, policy, atMs });
  const judgement = judgeEvidence({
    rules: rules.map((rule) => evidenceRule(telemetry, { rule, windows, comparison })),
    controlExists: comparison.controlId !== null,
    candidateShare: shareOf(policy.steps[situation.stepIndex]),
    acknowledged: situation.acknowledged,
  });
  return { atMs, evidence: stored, evaluation: conclude(telemetry, { situation, judgement, atMs }) };
}

function evidenceRule(
  telemetry: EvaluationTelemetry,
  { rule, windows, comparison }: { rule: AdvancedRule; windows: readonly RuleWindows[]; comparison: Comparison },
): EvidenceRule {
  const { threshold, segment, outcome } = rule;
  const name = segment === undefined ? undefined : `${segment.key}=${segment.value}`;
  const shown = windows.find((one) => one.threshold.id === threshold.id && one.segment === name) ?? {
    threshold,
    ...(name === undefined ? {} : { segment: name }),
    candidate: [],
    control: [],
  };
  if (!outcome.ok) return { windows: shown, reading: undefined, untestable: outcome.message, tooFewSubjects: false };
  const reading = readRule(outcome.state, outcome.config);
  const tooFewSubjects = reading.status === "breach" && !hasEnoughSubjects(telemetry, comparison, outcome.config);
  return { windows: shown, reading, tooFewSubjects };
}

/** Share of subjects that the step serves from the candidate, 0–1. */
export function shareOf(step: Step | undefined): number {
  switch (step?.kind) {
    case "canary":
      return step.share;
    case "soak":
      return 1 - step.holdback;
    case "shadow":
    case "approval":
    case undefined:
      return 0;
  }
}

function conclude(
  telemetry: EvaluationTelemetry,
  { situation, judgement, atMs }: { situation: RolloutSituation; judgement: Judgement; atMs: number },
): PolicyEvaluation {
  return concludeEvaluation({ policy: situation.policy, judgement, step: stepState(telemetry, situation, atMs) });
}

function stepState(telemetry: EvaluationTelemetry, situation: RolloutSituation, atMs: number): StepState {
  const { policy, stepIndex, stepStartedMs, comparison, paused } = situation;
  const step = policy.steps[stepIndex];
  if (step === undefined) throw new RangeError(`policy ${policy.name} has no step ${stepIndex}`);
  const { application, candidateId, candidateTrack } = comparison;
  const requests =
    atMs <= stepStartedMs
      ? 0
      : telemetry.aggregate({
          application,
          releaseId: candidateId,
          track: candidateTrack,
          measure: "requests",
          fromMs: stepStartedMs,
          toMs: atMs,
        }).count;
  const isLast = policy.steps.slice(stepIndex + 1).every((one) => one.kind === "approval");
  return { step, stepStartedMs, atMs, requests, isLast, paused };
}
