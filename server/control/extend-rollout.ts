/**
 * The third answer to a paused rollout, beside approving and rejecting: not yet. Its step runs on at the same share with
 * its clock started anew, and approvals given so far no longer count.
 */
import type { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { parseInput } from "@/server/domain/input";
import { moveOnExtend } from "@/server/domain/rollout/steps";
import { addApproval } from "@/server/store/control/evaluations";
import { currentEvidenceHash, requireIndependent } from "./approval-core";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { impossible, policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

export const ExtendRolloutInput = RolloutActionInput;
export type ExtendRolloutInput = z.input<typeof ExtendRolloutInput>;

/**
 * @throws DomainError `conflict` when the rollout is not paused, or no step has served yet; `forbidden` by rule 8, because
 *   extending lifts a review.
 */
export function extendRollout(context: ControlContext, input: ExtendRolloutInput): RolloutActionOutput {
  requireRole(context.actor, { role: "release_manager" });
  const given = parseInput(ExtendRolloutInput, input, "the extension");
  const { reason } = given;
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.state !== "paused") throw impossible(rollout, "extend");
    const policy = policyOf(act.tx, rollout);
    requireIndependent(act, { rollout, policy });
    const move = moveOnExtend(policy, rollout);
    if (move === undefined) {
      throw conflict(`rollout ${rollout.id} has served nothing yet: there is no step to extend. Approve or reject it`);
    }
    const auditSeq = writeAudit(act, {
      action: "rollout.extended",
      target: rolloutTarget(rollout),
      before: rolloutState(rollout),
      after: rolloutState(move.to),
      reason,
    });
    addApproval(act.tx, {
      rolloutId: rollout.id,
      stepIndex: rollout.stepIndex,
      verdict: "extend",
      actor: context.actor,
      atMs: context.nowMs,
      reason,
      evidenceHash: currentEvidenceHash(act.tx, rollout),
      auditSeq,
    });
    return actionResult(carryOut(act, { rollout, moves: [move], note: { reason, auditSeq } }));
  });
}
