/** The states of a rollout and every move between them, as one table. What is not in the table cannot happen. */
import type { RolloutState } from "@/server/domain/vocabulary";

/** Where a served step puts the rollout. */
export type ServingState = "shadow" | "canary" | "soak";

/**
 * What moves a rollout. `to` names the state of the step that begins: `paused` for an approval step; after a pause, the
 * state it was paused from (`resume`), that of the step that runs on (`extend`), or the step after the approval (`approve`).
 */
export type RolloutEvent =
  | { readonly type: "start" | "gates_failed" | "pause" | "reject" | "abort" | "rollback" | "promote" }
  | { readonly type: "gates_passed" | "step_advanced"; readonly to: ServingState | "paused" }
  | { readonly type: "resume" | "approve"; readonly to: ServingState | "gating" }
  | { readonly type: "extend"; readonly to: ServingState };
export type RolloutEventType = RolloutEvent["type"];

type Row = Readonly<Partial<Record<RolloutEventType, readonly [RolloutState, ...RolloutState[]]>>>;

const STOP: Row = { pause: ["paused"], abort: ["aborted"], rollback: ["rolled_back"] };
const END: Row = {};

/** For each state and event, the states it may lead to. Serving states only ever go forward: traffic does not shrink. */
const TRANSITIONS: Readonly<Record<RolloutState, Row>> = {
  draft: { start: ["gating"], abort: ["aborted"] },
  gating: {
    ...STOP,
    gates_passed: ["shadow", "canary", "soak", "paused"],
    gates_failed: ["rejected"],
    reject: ["rejected"],
  },
  shadow: { ...STOP, step_advanced: ["shadow", "canary", "soak", "paused"], promote: ["promoted"] },
  canary: { ...STOP, step_advanced: ["canary", "soak", "paused"], promote: ["promoted"] },
  soak: { ...STOP, step_advanced: ["paused"], promote: ["promoted"] },
  paused: {
    resume: ["gating", "shadow", "canary", "soak"],
    approve: ["gating", "shadow", "canary", "soak"],
    extend: ["shadow", "canary", "soak"],
    reject: ["rejected"],
    abort: ["aborted"],
    rollback: ["rolled_back"],
  },
  promoted: END,
  rolled_back: END,
  rejected: END,
  aborted: END,
};

/** The state after the event; undefined when the event cannot happen in this state. */
export function nextState(state: RolloutState, event: RolloutEvent): RolloutState | undefined {
  const targets = TRANSITIONS[state][event.type];
  if (targets === undefined) return undefined;
  if (!("to" in event)) return targets[0];
  return targets.find((target) => target === event.to);
}

/** Started and not ended: only one such rollout may exist per application and alias. */
export function isLive(state: RolloutState): boolean {
  return state !== "draft" && !isEnded(state);
}

/** No event leads out of this state. */
export function isEnded(state: RolloutState): boolean {
  return TRANSITIONS[state] === END;
}

/** The event types that can happen in a state, for the buttons a page offers. */
export function possibleEvents(state: RolloutState): RolloutEventType[] {
  // The keys of a row are event types by its own type.
  return Object.keys(TRANSITIONS[state]) as RolloutEventType[];
}
