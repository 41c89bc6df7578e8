/** One rollout in full: where it stands, what was seen, who did what, what is still missing. */
import { notFound } from "@/server/domain/errors";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import { percentageOf, type Policy, type Step } from "@/server/domain/policy/policy";
import { exposureOf, stepsOf } from "@/server/domain/rollout/steps";
import { findRollout, listRollouts, type RolloutTransitionRow } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { measuredFalseAlarms } from "./measured-false-alarms";
import { readFreshness } from "./freshness";
import { changesBetween, releaseRefs, type ReleaseRefs } from "./release-ref";
import { approvalState, approvalViews, type Viewer } from "./rollout-approval";
import { loadRollout, summariseRollout, summaryOf, type LoadedRollout } from "./rollout-summary";
import type { RolloutListView, RolloutView } from "./rollout-view";
import { stillWaiting, waitingForView } from "./waiting-for";

/**
 * @param viewer whoever asks, to say whether they may approve.
 * @throws DomainError `not_found`.
 */
export function readRollout(deps: ReadDeps, { id, viewer }: { id: string; viewer?: Viewer }): RolloutView {
  const row = findRollout(deps.control, id);
  if (row === undefined) throw notFound("rollout", id);
  const { application, controlId, candidateId } = row;
  const loaded = loadRollout(deps, row);
  const approvals = approvalViews(deps, loaded);
  const { evaluation } = loaded;
  const changes =
    controlId === null ? null : changesBetween(deps.control, { application, fromId: controlId, toId: candidateId });
  return {
    ...summaryOf(deps, loaded),
    revision: row.revision,
    freshness: readFreshness(deps, application),
    evidence: evaluation?.seen.findings ?? [],
    violations: evaluation?.seen.violations ?? [],
    waitingFor: stillWaiting(loaded).map(waitingForView),
    evaluation:
      evaluation === undefined
        ? null
        : {
            id: evaluation.row.id,
            at: evaluation.row.atMs,
            mode: evaluation.seen.mode,
            sentence: evaluation.seen.sentence,
            pauseReason: evaluation.seen.pauseReason ?? null,
          },
    steps: stepViews(loaded),
    policySentences: describePolicy(loaded.policy),
    falseAlarms: measuredFalseAlarms(deps, {
      name: loaded.row.policyName,
      version: loaded.row.policyVersion,
      alpha: loaded.policy.alpha,
    }),
    changes: changes ?? [],
    transitions: loaded.transitions.map(transitionView),
    approvals,
    approval: approvalState(deps, { loaded, approvals, viewer }),
  };
}

/** Rollouts of an application, newest first. */
export function listRolloutSummaries(
  deps: ReadDeps,
  { application, limit, cursor }: { application?: string; limit: number; cursor?: string },
): RolloutListView {
  const readers = new Map<string, ReleaseRefs>();
  const page = listRollouts(deps.control, {
    limit,
    ...(application === undefined ? {} : { application }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  const items = page.items.map((row) => {
    const refs = readers.get(row.application) ?? releaseRefs(deps.control, row.application);
    readers.set(row.application, refs);
    return summariseRollout(deps, row, refs);
  });
  return { ...page, items };
}

function transitionView(row: RolloutTransitionRow): RolloutView["transitions"][number] {
  return {
    at: row.atMs,
    event: row.event,
    from: row.fromState,
    // The transition table writes states of the vocabulary only.
    to: row.toState as RolloutView["transitions"][number]["to"],
    stepIndex: row.stepIndex,
    actor: actorOf(row),
    reason: row.reason,
    auditSeq: row.auditSeq,
  };
}

function stepViews({ row, policy, transitions }: LoadedRollout): RolloutView["steps"] {
  return stepsOf(policy).map((step, index) => ({
    index,
    ...stepNumbers(policy, { step, index }),
    state:
      index < row.stepIndex || row.state === "promoted"
        ? "done"
        : index === row.stepIndex
          ? "current"
          : row.endedAtMs === null
            ? "upcoming"
            : "skipped",
    startedAt: transitions.find((one) => one.stepIndex === index)?.atMs ?? null,
  }));
}

function stepNumbers(
  policy: Policy,
  { step, index }: { step: Step; index: number },
): Pick<
  RolloutView["steps"][number],
  "kind" | "percentage" | "holdback" | "minDurationMs" | "minRequests" | "approvals"
> {
  if (step.kind === "approval") {
    const { percentage } = exposureOf(policy, { state: "canary", pausedFrom: null, stepIndex: index });
    return { kind: "approval", percentage, holdback: 0, minDurationMs: 0, minRequests: 0, approvals: step.required };
  }
  const common = { kind: step.kind, minRequests: step.minRequests, approvals: 0 };
  if (step.kind === "soak") {
    const holdback = percentageOf(step.holdback);
    return { ...common, percentage: 100 - holdback, holdback, minDurationMs: step.durationMs };
  }
  return { ...common, percentage: percentageOf(step.share), holdback: 0, minDurationMs: step.minDurationMs };
}
