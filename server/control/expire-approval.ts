/**
 * Ends a rollout whose approval nobody gave in the time that its policy leaves for it. The candidate serves nobody any
 * more, and what serves goes on serving: an approval that was forgotten must not let a candidate stay, nor let it in.
 */
import type { z } from "zod";
import { conflict, forbidden } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { formatDuration } from "@/server/domain/policy/duration";
import { approvalExpiryMs } from "@/server/domain/rollout/steps";
import type { ControlContext } from "./context";
import { perform } from "./perform";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { policyOf, requireRollout } from "./rollout-core";
import { endWithoutVerdict } from "./rollout-progress";

export const ExpireApprovalInput = closedObject({ rolloutId: RolloutActionInput.shape.rolloutId });
export type ExpireApprovalInput = z.input<typeof ExpireApprovalInput>;

/** @throws DomainError `forbidden` for anybody but the controller; `conflict` when no approval has expired. */
export function expireApproval(context: ControlContext, input: ExpireApprovalInput): RolloutActionOutput {
  if (context.actor.kind !== "controller") throw forbidden("approvals expire by themselves: reject or abort instead");
  const given = parseInput(ExpireApprovalInput, input, "the expiry");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    const expiresAtMs = approvalExpiryMs(policyOf(act.tx, rollout), rollout);
    if (expiresAtMs === undefined || expiresAtMs > context.nowMs) {
      throw conflict(`rollout ${rollout.id} waits for no approval that has expired`);
    }
    const waited = formatDuration(expiresAtMs - rollout.stepStartedAtMs);
    const reason = `the approval expired after ${waited}: nobody let the candidate through, and what serves goes on`;
    return actionResult(endWithoutVerdict(act, { rollout, action: "rollout.approval_expired", reason }));
  });
}
