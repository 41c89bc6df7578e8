/** Approves a paused rollout; when enough people have, it goes on in the same transaction. */
import { z } from "zod";
import { preconditionFailed } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { movesAfterApproval, requiredApprovals, type RolloutMove } from "@/server/domain/rollout/steps";
import { addApproval } from "@/server/store/control/evaluations";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { approversOf, currentEvidenceHash, requireIndependent } from "./approval-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";
import { actionResult, RolloutActionInput, RolloutActionOutput } from "./rollout-action";
import { impossible, policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

export const ApproveRolloutInput = closedObject({
  ...RolloutActionInput.shape,
  /** What the approver saw; refused when the evidence has changed materially since. */
  evidenceHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits")
    .optional(),
});
export type ApproveRolloutInput = z.input<typeof ApproveRolloutInput>;
type Given = z.output<typeof ApproveRolloutInput>;

export const ApproveRolloutOutput = RolloutActionOutput.extend({
  approvals: z.number().int(),
  required: z.number().int(),
});
export type ApproveRolloutOutput = z.output<typeof ApproveRolloutOutput>;

/**
 * Approving twice counts once.
 *
 * @throws DomainError `conflict` when the rollout is not paused; `forbidden` by rule 8; `precondition_failed` when the
 *   evidence is no longer what the approver saw.
 */
export function approveRollout(context: ControlContext, input: ApproveRolloutInput): ApproveRolloutOutput {
  requireRole(context.actor, { role: "release_manager" });
  const given = parseInput(ApproveRolloutInput, input, "the approval");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.state !== "paused") throw impossible(rollout, "approve");
    const policy = policyOf(act.tx, rollout);
    requireIndependent(act, { rollout, policy });
    const hash = currentEvidenceHash(act.tx, rollout);
    if (given.evidenceHash !== undefined && given.evidenceHash !== hash) {
      throw preconditionFailed(
        `the evidence on ${rollout.candidateId} changed since you looked: look again and decide again`,
      );
    }
    const approvers = approversOf(act.tx, rollout);
    const required = requiredApprovals(policy, rollout);
    if (approvers.includes(context.actor.id)) {
      return { ...actionResult(rollout), approvals: approvers.length, required };
    }
    const approvals = approvers.length + 1;
    const moves = approvals >= required ? movesAfterApproval(policy, rollout) : [];
    return {
      ...actionResult(write(act, { given, rollout, moves, hash, count: { approvals, required } })),
      approvals,
      required,
    };
  });
}

function write(
  act: Act,
  decided: {
    given: Given;
    rollout: RolloutRow;
    moves: readonly RolloutMove[];
    hash: string;
    count: { approvals: number; required: number };
  },
): RolloutRow {
  const { given, rollout, moves, hash, count } = decided;
  const { reason } = given;
  const auditSeq = writeAudit(act, {
    action: "rollout.approved",
    target: rolloutTarget(rollout),
    before: rolloutState(rollout),
    after: { ...rolloutState({ ...rollout, ...moves.at(-1)?.to }), ...count, evidenceHash: hash },
    reason,
  });
  addApproval(act.tx, {
    rolloutId: rollout.id,
    stepIndex: rollout.stepIndex,
    verdict: "approve",
    actor: act.context.actor,
    atMs: act.context.nowMs,
    reason,
    evidenceHash: hash,
    auditSeq,
  });
  return carryOut(act, { rollout, moves, note: { reason, auditSeq } });
}
