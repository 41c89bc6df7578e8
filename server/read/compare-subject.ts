/** What the Compare screen is asked about, with everything left open filled in: releases, range, policy, newest evaluation. */
import { invalidInput, notFound } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { PolicyEvaluation, type Finding } from "@/server/domain/policy/evaluation";
import { evidenceRuleId } from "@/server/domain/policy/judge-evidence";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { alignDown, alignUp } from "@/server/domain/window/window";
import { carriedState, findEvidenceState, findNewestEvaluation } from "@/server/store/control/evaluations";
import { findPolicy } from "@/server/store/control/policies";
import { findRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { chartStepMs } from "./compare-series";
import type { ReadDeps } from "./deps";
import { storedEvaluation } from "./stored-evaluation";

export interface CompareInput {
  rolloutId?: string | undefined;
  application?: string | undefined;
  candidate?: string | undefined;
  control?: string | undefined;
  mode?: "canary" | "shadow" | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Length of the sliding windows of metrics that no threshold watches, ms. */
  windowMs?: number | undefined;
  segment?: { key: string; value: string } | undefined;
}

/** Who is compared over which range, once everything left open has been filled in. */
export interface CompareSubject {
  application: string;
  candidateId: string;
  controlId: string | null;
  mode: "canary" | "shadow";
  rollout: RolloutRow | undefined;
  policy: { document: Policy; version: number } | undefined;
  evaluation: PolicyEvaluation | undefined;
  fromMs: number;
  toMs: number;
  stepMs: number;
  windowMs: number;
  settledMs: number;
  segment: { key: string; value: string } | undefined;
}

/** Settle time where no policy says one. */
const DEFAULT_SETTLE_MS = 30_000;
const DEFAULT_WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;
/** Charts go on this long after a rollout's end, so that the recovery is in the picture. */
const AFTERMATH_MS = 300_000;

/** @throws DomainError when the rollout does not exist, nothing is named, or the range is empty. */
export function resolveCompareSubject(deps: ReadDeps, input: CompareInput): CompareSubject {
  if (input.rolloutId !== undefined) return subjectOfRollout(deps, input, input.rolloutId);
  const { application, candidate } = input;
  if (application === undefined || candidate === undefined) {
    throw invalidInput("name what to compare: rolloutId, or application and candidate", [
      { pointer: "/rolloutId", message: "is missing, and so are application and candidate" },
    ]);
  }
  const toMs = alignUp(input.toMs ?? deps.nowMs, 10_000);
  const fromMs = alignDown(input.fromMs ?? toMs - HOUR_MS, 10_000);
  return {
    application,
    candidateId: candidate,
    controlId: input.control ?? null,
    mode: input.mode ?? "canary",
    rollout: undefined,
    policy: undefined,
    evaluation: undefined,
    ...rangeOf({ fromMs, toMs, windowMs: input.windowMs }),
    settledMs: deps.nowMs - DEFAULT_SETTLE_MS,
    segment: input.segment,
  };
}

function subjectOfRollout(deps: ReadDeps, input: CompareInput, rolloutId: string): CompareSubject {
  const rollout = findRollout(deps.control, rolloutId);
  if (rollout === undefined) throw notFound("rollout", rolloutId);
  const row = findPolicy(deps.control, { name: rollout.policyName, version: rollout.policyVersion });
  const policy =
    row === undefined
      ? undefined
      : { document: parsePolicy(row.document, PolicyName.parse(row.name)), version: row.version };
  const settleMs = policy?.document.settleMs ?? DEFAULT_SETTLE_MS;
  const naturalEnd = Math.min(deps.nowMs, (rollout.endedAtMs ?? deps.nowMs) + AFTERMATH_MS);
  const toMs = alignUp(input.toMs ?? naturalEnd, 10_000);
  const fromMs = alignDown(input.fromMs ?? Math.min(rollout.startedAtMs, toMs - AFTERMATH_MS), 10_000);
  return {
    application: rollout.application,
    candidateId: rollout.candidateId,
    controlId: rollout.controlId,
    mode: input.mode ?? modeOf(rollout, policy?.document),
    rollout,
    policy,
    evaluation: newestEvaluation(deps, rolloutId),
    ...rangeOf({ fromMs, toMs, windowMs: input.windowMs }),
    settledMs: deps.nowMs - settleMs,
    segment: input.segment,
  };
}

/** Kept evaluations leave quiet segments out; the carried one, which may be a minute older, has them all. */
function newestEvaluation({ control }: ReadDeps, rolloutId: string): PolicyEvaluation | undefined {
  const newest = findNewestEvaluation(control, { rolloutId });
  const kept = newest === undefined ? undefined : storedEvaluation(newest);
  const carried = PolicyEvaluation.safeParse(carriedState(findEvidenceState(control, rolloutId))?.latest);
  if (!carried.success || kept === undefined) return carried.data ?? kept;
  const said = new Set(kept.findings.map(nameOf));
  return { ...kept, findings: [...kept.findings, ...carried.data.findings.filter((one) => !said.has(nameOf(one)))] };
}

function nameOf({ rule, segment }: Finding): string {
  return evidenceRuleId(rule, segment);
}

/** A rollout that ended in its shadow step is compared as a shadow. */
function modeOf(rollout: RolloutRow, policy: Policy | undefined): "canary" | "shadow" {
  return policy?.steps[rollout.stepIndex]?.kind === "shadow" ? "shadow" : "canary";
}

function rangeOf({ fromMs, toMs, windowMs }: { fromMs: number; toMs: number; windowMs: number | undefined }): {
  fromMs: number;
  toMs: number;
  stepMs: number;
  windowMs: number;
} {
  if (fromMs >= toMs)
    throw invalidInput("the range is empty: from must be before to", [
      { pointer: "/from", message: "is not before to" },
    ]);
  const stepMs = chartStepMs({ rangeMs: toMs - fromMs, windowMs: windowMs ?? DEFAULT_WINDOW_MS });
  return {
    fromMs: alignDown(fromMs, stepMs),
    toMs: alignUp(toMs, stepMs),
    stepMs,
    windowMs: Math.max(stepMs, windowMs ?? DEFAULT_WINDOW_MS),
  };
}
