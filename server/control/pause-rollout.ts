/** Pauses a live rollout: its traffic stays as it is and is still watched, but no step begins. */
import type { z } from "zod";
import { parseInput } from "@/server/domain/input";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";
import { impossible, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { carryOut } from "./rollout-progress";

export const PauseRolloutInput = RolloutActionInput;
export type PauseRolloutInput = z.input<typeof PauseRolloutInput>;

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
