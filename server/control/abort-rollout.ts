/** Takes a live rollout back without a verdict on its candidate: it ends, and what serves goes on serving. */
import type { z } from "zod";
import { parseInput } from "@/server/domain/input";
import type { ControlContext } from "./context";
import { perform } from "./perform";
import { requireRole } from "./require-role";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { impossible, requireRollout } from "./rollout-core";
import { endWithoutVerdict } from "./rollout-progress";

export const AbortRolloutInput = RolloutActionInput;
export type AbortRolloutInput = z.input<typeof AbortRolloutInput>;

/** On-call may: less of a candidate is the safe direction. @throws DomainError `conflict` when it has ended. */
export function abortRollout(context: ControlContext, input: AbortRolloutInput): RolloutActionOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["system"] });
  const given = parseInput(AbortRolloutInput, input, "the abort");
  const { reason } = given;
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.endedAtMs !== null) throw impossible(rollout, "abort");
    return actionResult(endWithoutVerdict(act, { rollout, action: "rollout.aborted", reason }));
  });
}
