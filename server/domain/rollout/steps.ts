/** Where a rollout stands in its policy's steps: what it exposes now, and which moves lead on from here. */
import type { Policy, Step } from "@/server/domain/policy/policy";
import { percentageOf } from "@/server/domain/policy/policy";
import type { RolloutState } from "@/server/domain/vocabulary";
import type { RolloutEvent, ServingState } from "./state-machine";

/** `stepIndex` of a rollout whose gates are still being checked: before the first step. */
export const BEFORE_FIRST_STEP = -1;

/** A rollout's place: its state, where a pause returns to, and its step (`BEFORE_FIRST_STEP` while in `gating`). */
export interface Position {
  readonly state: RolloutState;
  readonly pausedFrom: RolloutState | null;
  readonly stepIndex: number;
}

/** One move of a rollout and where it leads. */
export interface RolloutMove {
  readonly event: RolloutEvent;
  readonly to: Position;
}

/** What users and the shadow log get of the candidate. Percentages are 0–100. */
export interface Exposure {
  readonly track: "none" | "shadow" | "canary";
  readonly percentage: number;
  readonly holdback: number;
}

/** What a policy without serving steps means: a tenth of the subjects until 30 requests are in, then promotion. */
export const DEFAULT_STEP: Step = { kind: "canary", share: 0.1, minDurationMs: 0, minRequests: 30 };

/** The policy's steps; there is always one that serves. */
export function stepsOf(policy: Policy): readonly Step[] {
  return policy.steps.some(serves) ? policy.steps : [...policy.steps, DEFAULT_STEP];
}

/** What the rollout exposes: its step's share, or that of the last serving step while it waits for an approval. */
export function exposureOf(policy: Policy, position: Position): Exposure {
  const state = position.state === "paused" ? position.pausedFrom : position.state;
  const none = { track: "none", percentage: 0, holdback: 0 } as const;
  if (state !== "shadow" && state !== "canary" && state !== "soak") return none;
  const step = stepsOf(policy)
    .slice(0, position.stepIndex + 1)
    .findLast(serves);
  if (step === undefined) return none;
  if (step.kind === "soak") return { track: "canary", percentage: 100, holdback: percentageOf(step.holdback) };
  return { track: step.kind, percentage: percentageOf(step.share), holdback: 0 };
}

/** Whether the rollout waits in an approval step, which only approvals end. */
export function awaitsApproval(policy: Policy, position: Position): boolean {
  return position.state === "paused" && approvalAt(policy, position) !== undefined;
}

/** When the approval that the rollout waits for expires, epoch ms; undefined where it waits for none, or for ever. */
export function approvalExpiryMs(
  policy: Policy,
  position: Position & { readonly stepStartedAtMs: number },
): number | undefined {
  if (!awaitsApproval(policy, position)) return undefined;
  const expiresMs = approvalAt(policy, position)?.expiresMs;
  return expiresMs === undefined ? undefined : position.stepStartedAtMs + expiresMs;
}

/** How many different people must approve for the pause to end: the approval step's number, else one. */
export function requiredApprovals(policy: Policy, position: Position): number {
  return approvalAt(policy, position)?.required ?? 1;
}

/** From `gating`: the gates let the candidate through. From a serving state: its step is done. Ends in a promotion. */
export function movesOnward(policy: Policy, position: Position): RolloutMove[] {
  return enter(stepsOf(policy), position);
}

/**
 * From a pause that was approved. An approval step gives way to the next one; a review goes back to the step it
 * interrupted; and gates that were under review are overridden.
 */
export function movesAfterApproval(policy: Policy, position: Position): RolloutMove[] {
  const steps = stepsOf(policy);
  const back = approveTo(position.pausedFrom, position.stepIndex);
  if (!awaitsApproval(policy, position) && position.pausedFrom !== "gating") return [back];
  const next = steps[position.stepIndex + 1];
  if (next !== undefined && serves(next)) return [approveTo(next.kind, position.stepIndex + 1)];
  return [back, ...enter(steps, back.to)];
}

/** Ends the rollout without a verdict on its candidate. */
export function moveOnAbort({ stepIndex }: Pick<Position, "stepIndex">): RolloutMove {
  return { event: { type: "abort" }, to: { state: "aborted", pausedFrom: null, stepIndex } };
}

/** From a pause that is lifted: back to where it came from. */
export function moveOnResume(position: Position): RolloutMove {
  const to = returnState(position.pausedFrom);
  return { event: { type: "resume", to }, to: { state: to, pausedFrom: null, stepIndex: position.stepIndex } };
}

/** From a pause back to the step whose share is served, for another of its times; undefined while none has served. */
export function moveOnExtend(policy: Policy, position: Position): RolloutMove | undefined {
  if (exposureOf(policy, position).track === "none") return undefined;
  const steps = stepsOf(policy);
  const stepIndex = steps.findLastIndex((step, index) => index <= position.stepIndex && serves(step));
  const step = steps[stepIndex];
  if (step === undefined || !serves(step)) return undefined;
  return { event: { type: "extend", to: step.kind }, to: { state: step.kind, pausedFrom: null, stepIndex } };
}

type ServingStep = Extract<Step, { kind: "shadow" | "canary" | "soak" }>;

function serves(step: Step): step is ServingStep {
  return step.kind !== "approval";
}

function approvalAt(policy: Policy, position: Position): Extract<Step, { kind: "approval" }> | undefined {
  const step = stepsOf(policy)[position.stepIndex];
  return step?.kind === "approval" ? step : undefined;
}

/** Into the step after `from`'s, or to the end. */
function enter(steps: readonly Step[], from: Position): RolloutMove[] {
  const index = from.stepIndex + 1;
  const step = steps[index];
  if (step === undefined) {
    return [{ event: { type: "promote" }, to: { state: "promoted", pausedFrom: null, stepIndex: from.stepIndex } }];
  }
  const to = serves(step) ? step.kind : "paused";
  const pausedFrom = to === "paused" ? from.state : null;
  const type = from.state === "gating" ? "gates_passed" : "step_advanced";
  return [{ event: { type, to }, to: { state: to, pausedFrom, stepIndex: index } }];
}

function approveTo(state: RolloutState | null, stepIndex: number): RolloutMove {
  const to = returnState(state);
  return { event: { type: "approve", to }, to: { state: to, pausedFrom: null, stepIndex } };
}

/** A pause comes from a live state only; anything else would be a rollout that was never paused. */
function returnState(state: RolloutState | null): ServingState | "gating" {
  if (state === "gating" || state === "shadow" || state === "canary" || state === "soak") return state;
  throw new RangeError(`a rollout paused from ${state ?? "nothing"} has no state to go back to`);
}
