/**
 * One evaluation of a policy, from findings to decision: rollback if a rollback rule is broken, else a pause, else go
 * on, and promotion when the last step's time and evidence are in. Exhaustive; missing data is never a pass.
 */
import type { Decision } from "@/server/domain/vocabulary";
import { stepWaitsFor, type StepInstant } from "@/server/domain/rollout/step-progress";
import type { EvaluationViolation, Finding, PolicyEvaluation, WaitingFor } from "./evaluation";
import { findFromWindows, newestViolation, type RuleWindows } from "./evaluate-windows";
import type { Policy } from "./policy";
import type { Violation } from "./threshold";
import { violationWords } from "./violation-words";

/** The step a rollout is in, without what the findings say about it. */
export type StepState = Omit<StepInstant, "findings" | "needsProof"> & {
  /** No serving step comes after this one: completing it is promotion. */
  readonly isLast: boolean;
  /** A paused rollout is protected, but its step does not advance. */
  readonly paused: boolean;
};

/** What every mode of evidence hands over. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly violations: readonly EvaluationViolation[];
  /** What the rules alone ask for; `promote` is never theirs to ask. */
  readonly decision: Exclude<Decision, "promote">;
  readonly pauseReason?: "quality" | "environment" | "unattributed";
  /** What is wrong with the data itself: no step ends, let alone the last, while silence of the rules proves nothing. */
  readonly holds?: readonly string[];
}

/** Judges `evidence: window` rules: a breach is a sustained run of window values beyond the limit. */
export function judgeWindows(rules: readonly RuleWindows[]): Judgement {
  const findings = rules.map(findFromWindows);
  const violations = rules.flatMap((rule, index) => {
    const violation = findings[index]?.verdict === "breach" ? newestViolation(rule) : undefined;
    return violation === undefined || violation.dryRun ? [] : [toEvaluationViolation(violation)];
  });
  const decision = strongest(violations);
  return {
    findings,
    violations,
    decision,
    ...(decision === "pause_for_review" ? { pauseReason: "quality" as const } : {}),
  };
}

/** Adds the step's progress to the judgement and writes the sentence. */
export function concludeEvaluation({
  policy,
  judgement,
  step,
}: {
  readonly policy: Policy;
  readonly judgement: Judgement;
  readonly step: StepState;
}): PolicyEvaluation {
  const needsProof = step.isLast && policy.evidence === "confident";
  const held = (judgement.holds ?? []).map((what) => ({ what, have: 0, needed: 0, etaMs: null }));
  const waitingFor = [...held, ...stepWaitsFor({ ...step, findings: judgement.findings, needsProof })];
  const stepComplete = judgement.decision === "continue" && !step.paused && waitingFor.length === 0;
  const decision: Decision = stepComplete && step.isLast ? "promote" : judgement.decision;
  return {
    mode: policy.evidence,
    decision,
    stepComplete,
    findings: [...judgement.findings],
    violations: [...judgement.violations],
    waitingFor,
    ...(judgement.pauseReason === undefined ? {} : { pauseReason: judgement.pauseReason }),
    sentence: describeEvaluation({ ...judgement, decision, waitingFor, stepComplete }),
  };
}

/** The decision that the broken rules' actions ask for. */
function strongest(violations: readonly EvaluationViolation[]): "continue" | "pause_for_review" | "rollback" {
  if (violations.some((violation) => violation.action === "rollback")) return "rollback";
  return violations.some((violation) => violation.action === "pause_for_review") ? "pause_for_review" : "continue";
}

/** The violation as it is stored and shown. */
export function toEvaluationViolation(violation: Violation): EvaluationViolation {
  const { action, metric, segment, observed, threshold, control, window, message } = violation;
  return {
    action,
    metric,
    ...(segment === undefined ? {} : { segment }),
    observed,
    threshold,
    ...(control === undefined ? {} : { control }),
    window,
    message,
  };
}

function describeEvaluation(evaluation: {
  readonly decision: Decision;
  readonly violations: readonly EvaluationViolation[];
  readonly findings: readonly Finding[];
  readonly waitingFor: readonly WaitingFor[];
  readonly stepComplete: boolean;
  readonly pauseReason?: "quality" | "environment" | "unattributed";
}): string {
  const { decision, violations, findings } = evaluation;
  const regressed = regressedWords(findings, violations);
  const [worst] = violations.toSorted((a, b) => rank(a) - rank(b));
  const others = violations.length > 1 ? `, and ${violations.length - 1} more` : "";
  switch (decision) {
    case "rollback":
      return `${worst === undefined ? "A rollback rule is broken" : violationWords(worst)}${others}.${regressed}`;
    case "pause_for_review":
      return `${PAUSE_WORDS[evaluation.pauseReason ?? "quality"]}${worst === undefined ? "the rollback rules together have evidence that none of them has alone" : violationWords(worst)}${others}.${regressed}`;
    case "promote":
      return "Promote: every step's time has passed and its evidence is in.";
    case "continue":
      return describeContinue(evaluation, worst === undefined ? undefined : `${violationWords(worst)}${others}`);
  }
}

/** What got worse besides the limits that decided: it need not be beyond a limit of its own. */
function regressedWords(findings: readonly Finding[], violations: readonly EvaluationViolation[]): string {
  const named = (one: { metric: string; segment?: string | undefined }): string =>
    one.segment === undefined ? one.metric : `${one.metric} in ${one.segment}`;
  const decided = new Set(violations.map(named));
  const others = findings.filter(({ evidence }) => evidence?.regressed === true).map(named);
  const list = [...new Set(others)].filter((name) => !decided.has(name));
  return list.length === 0 ? "" : ` Regressed as well: ${list.join(", ")}.`;
}

const PAUSE_WORDS = {
  quality: "",
  environment: "Candidate and control are beyond the limit alike, so going back would not help: ",
  unattributed: "The limit is broken, but the candidate is not yet shown to be worse than the control: ",
} as const;

/** `broken`: limits that only notify, which a rollout may go on with. */
function describeContinue(
  {
    findings,
    waitingFor,
    stepComplete,
  }: {
    readonly findings: readonly Finding[];
    readonly waitingFor: readonly WaitingFor[];
    readonly stepComplete: boolean;
  },
  broken: string | undefined,
): string {
  const watched = findings.find((finding) => finding.verdict === "watch");
  if (watched !== undefined)
    return `Watching ${watched.metric}${watched.segment === undefined ? "" : ` in ${watched.segment}`}: ${watched.detail}.`;
  const although = broken === undefined ? undefined : `although ${broken}, which only notifies`;
  if (stepComplete)
    return although === undefined ? "Within every limit; the step is complete." : `The step is complete, ${although}.`;
  const [first] = waitingFor;
  if (first === undefined) return although === undefined ? "Within every limit." : `Goes on, ${although}.`;
  const state = although === undefined ? "No limit is broken" : `Goes on, ${although}`;
  return `${state}; waiting for ${first.what}${progressOf(first)}.`;
}

function progressOf({ what, have, needed }: WaitingFor): string {
  if (what === "step duration") return ` (${Math.round(have / 1_000)} of ${Math.round(needed / 1_000)} s)`;
  return needed > 0 ? ` (${have} of ${needed})` : "";
}

const RANKS: Readonly<Record<EvaluationViolation["action"], number>> = { rollback: 0, pause_for_review: 1, notify: 2 };

function rank(violation: EvaluationViolation): number {
  return RANKS[violation.action];
}
