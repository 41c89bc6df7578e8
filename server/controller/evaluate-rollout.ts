/** One evaluation of one live rollout: reads telemetry, asks the domain, and says what was seen. It changes nothing. */
import type { JudgeStanding } from "@/server/domain/judge/judge-standing";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { readRule } from "@/server/domain/evidence/rule-reading";
import {
  concludeEvaluation,
  judgeWindows,
  type Judgement,
  type StepState,
} from "@/server/domain/policy/evaluate-policy";
import { newest, type RuleWindows } from "@/server/domain/policy/evaluate-windows";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { judgeEvidence, type EvidenceRule } from "@/server/domain/policy/judge-evidence";
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf, stepsOf, type Position } from "@/server/domain/rollout/steps";
import { alignDown } from "@/server/domain/window/window";
import type { EvaluationTelemetry } from "./evaluation-telemetry";
import { hasEnoughSubjects } from "./request-sample";
import { advanceEvidence, closedInstant, type AdvancedRule, type StoredEvidence } from "./rollout-evidence";
import {
  EVALUATION_STEP_MS,
  readRuleWindows,
  readWindowsOfRule,
  settledInstant,
  type Comparison,
  type OneRule,
} from "./rule-windows";
import type { TrafficCheck } from "./traffic-check";

/** A live rollout with everything the evaluation depends on. */
export interface RolloutSituation {
  readonly comparison: Comparison;
  readonly policy: Policy;
  readonly policyVersion: number;
  readonly position: Position;
  readonly stepStartedMs: number;
  /** Evidence as the last evaluation left it; undefined at the first. */
  readonly previousEvidence: StoredEvidence | undefined;
  /** Rules that were built for this evidence before, by id, to be used again; filled by the evaluation. */
  readonly configs?: Map<string, RuleConfig>;
  /** Rules whose breach a person has just seen and let pass; remembered with the evidence. */
  readonly acknowledged: readonly string[];
  /** What is wrong with the traffic; a replay, which does not serve, has no split to check. */
  readonly traffic?: Pick<TrafficCheck, "splitMismatch" | "telemetryErrors" | "unfit">;
  /** What a score's judges let it decide, by the score's name; a replay knows of no judges and trusts every score. */
  readonly judges?: ReadonlyMap<string, JudgeStanding>;
}

export interface RolloutEvaluation {
  readonly evaluation: PolicyEvaluation;
  /** How far the data reached that was decided on, epoch ms: the settled instant, or the end of the consumed buckets. */
  readonly atMs: number;
  /** To be stored together with the evaluation; undefined for `evidence: window`, which carries nothing. */
  readonly evidence: StoredEvidence | undefined;
}

/** How far the data will reach that an evaluation at `nowMs` decides on: what `RolloutEvaluation.atMs` will be, epoch ms. */
export function evaluationInstant(policy: Policy, nowMs: number): number {
  return policy.evidence === "window" ? settledInstant(nowMs, policy.settleMs) : closedInstant(nowMs);
}

/** Evaluates at `nowMs`. */
export function evaluateRollout(
  telemetry: EvaluationTelemetry,
  situation: RolloutSituation,
  nowMs: number,
): RolloutEvaluation {
  const { policy, comparison } = situation;
  const atMs = settledInstant(nowMs, policy.settleMs);
  if (policy.evidence === "window") {
    const rules = readRuleWindows(telemetry, { comparison, policy, atMs }).map((one) =>
      withLimits(telemetry, one, { situation, atMs }),
    );
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
    acknowledged: situation.acknowledged,
    configs: situation.configs ?? new Map(),
    nowMs,
  });
  const judgement = judgeEvidence({
    rules: rules.map((rule) => evidenceRule(telemetry, { rule, situation, atMs })),
    controlExists: comparison.controlId !== null,
    candidateShare: exposureOf(policy, situation.position).percentage / 100,
    acknowledged: new Set(stored.acknowledged),
    splitMismatch: situation.traffic?.splitMismatch,
    telemetryErrors: situation.traffic?.telemetryErrors,
  });
  return {
    atMs: stored.consumedToMs,
    evidence: stored,
    evaluation: conclude(telemetry, { situation, judgement, atMs }),
  };
}

/** The windows of a rule with what limits them: a score's judges, or a shadow that is not streamed. */
function withLimits(
  telemetry: EvaluationTelemetry,
  windows: RuleWindows,
  { situation, atMs }: { situation: RolloutSituation; atMs: number },
): RuleWindows {
  const { metric } = windows.threshold;
  const standing = metric.kind === "score" ? situation.judges?.get(metric.name) : undefined;
  const unmeasured = isNotStreamed(telemetry, windows, { situation, atMs })
    ? "the shadow is not streamed, so it has no first token to wait for"
    : undefined;
  return {
    ...windows,
    ...(standing === undefined ? {} : { judges: standing }),
    ...(unmeasured === undefined ? {} : { unmeasured }),
  };
}

/** A shadow that answers, but never says when its first token came. */
function isNotStreamed(
  telemetry: EvaluationTelemetry,
  { threshold, segment, candidate }: RuleWindows,
  { situation, atMs }: { situation: RolloutSituation; atMs: number },
): boolean {
  const { metric, windowMs } = threshold;
  const { application, candidateId, candidateTrack: track } = situation.comparison;
  const isFirstToken = (metric.kind === "quantile" || metric.kind === "mean") && metric.measure === "ttft_ms";
  if (track !== "shadow" || !isFirstToken || segment !== undefined || newest(candidate).count > 0) return false;
  const scope = { application, releaseId: candidateId, track, measure: "requests" };
  return telemetry.aggregate({ ...scope, fromMs: atMs - windowMs, toMs: atMs }).count > 0;
}

function evidenceRule(
  telemetry: EvaluationTelemetry,
  { rule, situation, atMs }: { rule: AdvancedRule; situation: RolloutSituation; atMs: number },
): EvidenceRule {
  const { comparison } = situation;
  const { threshold, segment, outcome } = rule;
  const windowed = { comparison, threshold, atMs, ...(segment === undefined ? {} : { segment }) };
  const unfit = situation.traffic?.unfit.get(aggregateKey(threshold.metric));
  if (!outcome.ok) {
    const windows = readWindowsOfRule(telemetry, windowed);
    return { windows, reading: undefined, untestable: outcome.message, unfit, tooFewSubjects: false };
  }
  const reading = readRule(outcome.state, outcome.config);
  const tooFewSubjects = reading.status === "breach" && !hasEnoughSubjects(telemetry, comparison, outcome.config);
  // Windows decide nothing here. Of the many quiet segments nobody reads them but the page, which looks them up itself.
  const quiet = segment !== undefined && reading.status !== "breach" && reading.status !== "watch";
  const windows = quiet ? withoutWindows(windowed) : readWindowsOfRule(telemetry, windowed);
  return {
    windows: withLimits(telemetry, windows, { situation, atMs }),
    reading,
    unfit,
    tooFewSubjects,
    halvesM: outcome.halvesM,
  };
}

function withoutWindows({ threshold, segment }: OneRule): RuleWindows {
  const name = segment === undefined ? {} : { segment: `${segment.key}=${segment.value}` };
  return { threshold, ...name, candidate: [], control: [] };
}

function conclude(
  telemetry: EvaluationTelemetry,
  { situation, judgement, atMs }: { situation: RolloutSituation; judgement: Judgement; atMs: number },
): PolicyEvaluation {
  return concludeEvaluation({ policy: situation.policy, judgement, step: stepState(telemetry, situation, atMs) });
}

function stepState(telemetry: EvaluationTelemetry, situation: RolloutSituation, atMs: number): StepState {
  const { policy, position, stepStartedMs, comparison } = situation;
  const steps = stepsOf(policy);
  const step = steps[position.stepIndex];
  if (step === undefined) throw new RangeError(`policy ${policy.name} has no step ${position.stepIndex}`);
  const { application, candidateId, candidateTrack } = comparison;
  const scope = { application, releaseId: candidateId, track: candidateTrack, measure: "requests" };
  // Aligned outward: a bucket is counted whole. What carries a time before the rollout counts for its first step.
  const isFirst = stepStartedMs <= comparison.sinceMs;
  const fromMs = alignDown(isFirst ? comparison.dataFromMs : stepStartedMs, EVALUATION_STEP_MS);
  const requests = atMs <= fromMs ? 0 : telemetry.aggregate({ ...scope, fromMs, toMs: atMs }).count;
  const isLast = steps.slice(position.stepIndex + 1).every((one) => one.kind === "approval");
  return { step, stepStartedMs, atMs, requests, isLast, paused: position.state === "paused" };
}
