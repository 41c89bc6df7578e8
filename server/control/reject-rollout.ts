/** Rejects a rollout that is paused or at its gates: it ends, and what serves goes on serving. */
import type { z } from "zod";
import { parseInput } from "@/server/domain/input";
import { addApproval } from "@/server/store/control/evaluations";
import { currentEvidenceHash } from "./approval-core";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { impossible, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

export const RejectRolloutInput = RolloutActionInput;
export type RejectRolloutInput = z.input<typeof RejectRolloutInput>;

/** @throws DomainError `conflict` when the rollout is neither paused nor at its gates. */
export function rejectRollout(context: ControlContext, input: RejectRolloutInput): RolloutActionOutput {
  requireRole(context.actor, { role: "release_manager" });
  const given = parseInput(RejectRolloutInput, input, "the rejection");
  const { reason } = given;
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.state !== "paused" && rollout.state !== "gating") throw impossible(rollout, "reject");
    const to = { state: "rejected", pausedFrom: null, stepIndex: rollout.stepIndex } as const;
    const auditSeq = writeAudit(act, {
      action: "rollout.rejected",
      target: rolloutTarget(rollout),
      before: rolloutState(rollout),
      after: rolloutState(to),
      reason,
    });
    addApproval(act.tx, {
      rolloutId: rollout.id,
      stepIndex: rollout.stepIndex,
      verdict: "reject",
      actor: context.actor,
      atMs: context.nowMs,
      reason,
      evidenceHash: currentEvidenceHash(act.tx, rollout),
      auditSeq,
    });
    const moves = [{ event: { type: "reject" }, to }] as const;
    return actionResult(carryOut(act, { rollout, moves, note: { reason, auditSeq } }));
  });
}
