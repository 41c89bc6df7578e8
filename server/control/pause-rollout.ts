/** Pauses a live rollout: its traffic stays as it is and is still watched, but no step begins. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import type { RolloutRow } from "@/server/store/control/rollouts";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit } from "./perform";
import { requireRole } from "./require-role";
import { impossible, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

/** What every answer to a rollout takes. */
export const RolloutActionInput = closedObject({
  rolloutId: z.string(),
  reason: Reason,
  /** Compare-and-set: the rollout's revision when the caller decided. */
  expectedRevision: z.number().int().optional(),
});

/** What every answer to a rollout gives back. */
export const RolloutActionOutput = z.object({
  id: z.string(),
  state: z.enum(ROLLOUT_STATES),
  stepIndex: z.number().int(),
  revision: z.number().int(),
});
export type RolloutActionOutput = z.output<typeof RolloutActionOutput>;

export const PauseRolloutInput = RolloutActionInput;
export type PauseRolloutInput = z.input<typeof PauseRolloutInput>;
export const PauseRolloutOutput = RolloutActionOutput;

/** @throws DomainError `not_found`, `precondition_failed`, or `conflict` when it is not running. */
export function pauseRollout(context: ControlContext, input: PauseRolloutInput): RolloutActionOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["controller"] });
  const given = parseInput(PauseRolloutInput, input, "the pause");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.state === "paused") throw impossible(rollout, "pause");
    const to = { state: "paused", pausedFrom: rollout.state, stepIndex: rollout.stepIndex } as const;
    const auditSeq = writeAudit(act, {
      action: "rollout.paused",
      target: rolloutTarget(rollout),
      before: rolloutState(rollout),
      after: rolloutState(to),
      reason: given.reason,
    });
    const note = { reason: given.reason, auditSeq };
    return actionResult(carryOut(act, { rollout, moves: [{ event: { type: "pause" }, to }], note }));
  });
}

export function actionResult({ id, state, stepIndex, revision }: RolloutRow): RolloutActionOutput {
  return { id, state, stepIndex, revision };
}
