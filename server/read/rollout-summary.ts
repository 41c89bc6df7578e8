/** What a rollout looks like wherever it is mentioned, with one sentence that a person could read out on a call. */
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import { evidenceHash } from "@/server/domain/rollout/approval";
import { awaitsApproval, requiredApprovals } from "@/server/domain/rollout/steps";
import { sinceExtension } from "@/server/control/approval-core";
import { policyOf } from "@/server/control/rollout-core";
import { findNewestEvaluation, listApprovals, type EvaluationRow } from "@/server/store/control/evaluations";
import { listTransitions, type RolloutRow, type RolloutTransitionRow } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import type { RolloutSummary } from "./common-view";
import type { ReadDeps } from "./deps";
import { releaseRefs, type ReleaseRefs } from "./release-ref";
import { currentStep } from "./rollout-step";
import { storedEvaluation } from "./stored-evaluation";
import { withStop } from "@/server/domain/words/sentence";
import { clockWords } from "@/server/domain/words/time-words";

/** A rollout's row with everything its screens are made of. */
export interface LoadedRollout {
  readonly row: RolloutRow;
  readonly policy: Policy;
  readonly transitions: readonly RolloutTransitionRow[];
  /** The newest evaluation, if there was any. */
  readonly evaluation: { readonly row: EvaluationRow; readonly seen: PolicyEvaluation } | undefined;
  /** What an approval given now is bound to. */
  readonly evidenceHash: string;
  /** Different people whose approval of the current step still counts. */
  readonly approved: number;
}

/** Reads what belongs to a rollout. */
export function loadRollout({ control }: ReadDeps, row: RolloutRow): LoadedRollout {
  const { candidateId, policyName, policyVersion, stepIndex } = row;
  const newest = findNewestEvaluation(control, { rolloutId: row.id });
  const evaluation = newest === undefined ? undefined : { row: newest, seen: storedEvaluation(newest) };
  const violations = evaluation?.seen.violations ?? [];
  const hash = evidenceHash({ candidateId, policyName, policyVersion, stepIndex, violations });
  const standing = sinceExtension(listApprovals(control, { rolloutId: row.id, stepIndex })).filter(
    (answer) => answer.verdict === "approve" && answer.evidenceHash === hash,
  );
  return {
    row,
    policy: policyOf(control, row),
    transitions: listTransitions(control, row.id),
    evaluation,
    evidenceHash: hash,
    approved: new Set(standing.map((answer) => answer.actorId)).size,
  };
}

/** The summary of one rollout. Pass `refs` where many are summarised. */
export function summariseRollout(deps: ReadDeps, row: RolloutRow, refs?: ReleaseRefs): RolloutSummary {
  return summaryOf(deps, loadRollout(deps, row), refs);
}

/** The summary of a rollout that was loaded already. */
export function summaryOf(
  { control, nowMs }: ReadDeps,
  loaded: LoadedRollout,
  refs: ReleaseRefs = releaseRefs(control, loaded.row.application),
): RolloutSummary {
  const { row, policy, evaluation } = loaded;
  return {
    id: row.id,
    application: row.application,
    alias: row.alias,
    candidate: refs(row.candidateId),
    control: row.controlId === null ? null : refs(row.controlId),
    state: row.state,
    step: currentStep(policy, row),
    decision: evaluation?.seen.decision ?? "continue",
    sentence: rolloutSentence(loaded, nowMs),
    policy: { name: row.policyName, version: row.policyVersion },
    startedAt: row.startedAtMs,
    startedBy: startedBy(row),
    endedAt: row.endedAtMs,
    pauseReason: row.pauseReason,
    incidentId: row.incidentId,
  };
}

function startedBy(row: RolloutRow): RolloutSummary["startedBy"] {
  return actorOf({ actorKind: row.startedByKind, actorId: row.startedById, actorName: row.startedByName });
}

/** `Candidate a0e277e29c serves 10 % (step 1 of 4): No limit is broken; waiting for requests (120 of 300).` */
function rolloutSentence(loaded: LoadedRollout, nowMs: number): string {
  const { row, policy, evaluation } = loaded;
  const candidate = `Candidate ${row.candidateId}`;
  const seen = evaluation?.seen.sentence ?? "No evaluation yet.";
  const step = currentStep(policy, row);
  const place = `step ${step.index + 1} of ${step.count}`;
  switch (row.state) {
    case "draft":
      return `${candidate} is prepared for ${row.alias}; the rollout has not started.`;
    case "gating":
      return `${candidate} must pass its gates before it may answer a request on ${row.alias}.`;
    case "shadow":
      return `${candidate} answers copies of ${step.percentage} % of requests, unseen by users (${place}): ${seen}`;
    case "canary":
    case "soak":
      return `${candidate} serves ${step.percentage} % of subjects on ${row.alias} (${row.state}, ${place}): ${seen}`;
    case "paused":
      return pausedSentence(loaded, `${candidate} is paused ${pausedAt(step)} on ${row.alias}`);
    case "promoted":
    case "rolled_back":
    case "rejected":
    case "aborted":
      return endSentence(loaded, { ending: END_WORDS[row.state], nowMs });
  }
}

function pausedAt({ index, count, percentage }: RolloutSummary["step"]): string {
  return index < 0 ? "before its first step" : `at ${percentage} % (step ${index + 1} of ${count})`;
}

function pausedSentence({ row, policy, approved }: LoadedRollout, paused: string): string {
  if (awaitsApproval(policy, row)) {
    return `${paused} and waits for approval, ${approved} of ${requiredApprovals(policy, row)}.`;
  }
  return `${paused}: ${withStop(row.pauseReason ?? "no reason was given")}`;
}

const END_WORDS = {
  promoted: "was promoted to",
  rolled_back: "was rolled back from",
  rejected: "was rejected for",
  aborted: "was withdrawn from",
} as const;

function endSentence(
  { row, transitions }: LoadedRollout,
  { ending, nowMs }: { ending: string; nowMs: number },
): string {
  const last = transitions.at(-1);
  const at = row.endedAtMs === null ? "" : ` at ${clockWords(row.endedAtMs, nowMs)}`;
  const by = last === undefined ? "" : ` by ${last.actorName}`;
  const why = last === undefined || last.reason === "" ? "." : `: ${withStop(last.reason)}`;
  return `Candidate ${row.candidateId} ${ending} ${row.alias}${at}${by}${why}`;
}
