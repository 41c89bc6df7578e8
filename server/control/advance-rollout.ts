/** Ends a rollout's present step: the next one begins, an approval is asked for, or the candidate is promoted. */
import type { z } from "zod";
import { conflict, forbidden } from "@/server/domain/errors";
import { parseInput } from "@/server/domain/input";
import { movesOnward, type RolloutMove } from "@/server/domain/rollout/steps";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { impossible, policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut, judgeGates } from "./rollout-progress";

export const AdvanceRolloutInput = RolloutActionInput;
export type AdvanceRolloutInput = z.input<typeof AdvanceRolloutInput>;

/**
 * For the controller, which knows that the step's time and evidence are in. A rollout at its gates only passes them when
 * they are open.
 *
 * @throws DomainError `forbidden` for anybody else; `conflict` when it is paused, has ended, or its gates are not open.
 */
export function advanceRollout(context: ControlContext, input: AdvanceRolloutInput): RolloutActionOutput {
  if (context.actor.kind !== "controller") throw forbidden("only the controller ends steps: people approve or resume");
  const given = parseInput(AdvanceRolloutInput, input, "the advance");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    return actionResult(advance(act, { rollout, ...nextMoves(act, { rollout, reason: given.reason }) }));
  });
}

function nextMoves(
  act: Act,
  { rollout, reason }: { rollout: RolloutRow; reason: string },
): { moves: RolloutMove[]; reason: string } {
  if (rollout.state === "paused" || rollout.endedAtMs !== null) throw impossible(rollout, "advance");
  const policy = policyOf(act.tx, rollout);
  if (rollout.state !== "gating") return { moves: movesOnward(policy, rollout), reason };
  const candidate = requireRelease(act, { application: rollout.application, releaseId: rollout.candidateId });
  const gates = judgeGates(act.tx, { rollout, policy, candidate });
  if (gates.moves.length === 0) throw conflict(`rollout ${rollout.id} cannot pass its gates: ${gates.reason}`);
  return { moves: gates.moves, reason: gates.reason };
}

/** Audits and writes the moves that end a step. Returns the rollout as it then is. */
export function advance(
  act: Act,
  { rollout, moves, reason }: { rollout: RolloutRow; moves: readonly RolloutMove[]; reason: string },
): RolloutRow {
  const final = moves.at(-1)?.to ?? rollout;
  const promoted = final.state === "promoted";
  const auditSeq = writeAudit(act, {
    action: promoted ? "rollout.promoted" : "rollout.advanced",
    target: rolloutTarget(rollout),
    before: rolloutState(rollout),
    after: { ...rolloutState(final), ...(promoted ? { alias: rollout.alias, releaseId: rollout.candidateId } : {}) },
    reason,
  });
  return carryOut(act, { rollout, moves, note: { reason, auditSeq } });
}
