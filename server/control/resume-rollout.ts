/** Lifts a pause: the rollout goes on where it stopped, with the same subjects. */
import type { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { parseInput } from "@/server/domain/input";
import { awaitsApproval, moveOnResume } from "@/server/domain/rollout/steps";
import { findNewestEvaluation } from "@/server/store/control/evaluations";
import { listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import { requireIndependent } from "./approval-core";
import { requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { notify } from "./outside-effects";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";
import { actionResult, RolloutActionInput, type RolloutActionOutput } from "./rollout-action";
import { impossible, policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut, judgeGates } from "./rollout-progress";

export const ResumeRolloutInput = RolloutActionInput;
export type ResumeRolloutInput = z.input<typeof ResumeRolloutInput>;

/**
 * Lifting a pause that the controller made is an answer to its review, so rule 8 holds for it too.
 *
 * @throws DomainError `conflict` when the rollout is not paused or waits for approvals; `forbidden` by rule 8.
 */
export function resumeRollout(context: ControlContext, input: ResumeRolloutInput): RolloutActionOutput {
  requireRole(context.actor, { role: "release_manager" });
  const given = parseInput(ResumeRolloutInput, input, "the resumption");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, given);
    if (rollout.state !== "paused") throw impossible(rollout, "resume");
    const policy = policyOf(act.tx, rollout);
    if (awaitsApproval(policy, rollout)) {
      throw conflict(`rollout ${rollout.id} waits for approval: approve or reject it; resuming does not skip the step`);
    }
    if (pausedByReview(act, rollout)) requireIndependent(act, { rollout, policy });
    const move = moveOnResume(rollout);
    const resumed = { ...rollout, ...move.to };
    const candidate = requireRelease(act, { application: rollout.application, releaseId: rollout.candidateId });
    const gates = move.to.state === "gating" ? judgeGates(act.tx, { rollout: resumed, policy, candidate }) : undefined;
    const moves = [move, ...(gates?.moves ?? [])];
    const auditSeq = writeAudit(act, {
      action: "rollout.resumed",
      target: rolloutTarget(rollout),
      before: rolloutState(rollout),
      after: {
        ...rolloutState({ ...rollout, ...moves.at(-1)?.to }),
        ...(gates === undefined ? {} : { gates: gates.checks }),
      },
      reason: given.reason,
    });
    const { application, alias, candidateId: releaseId, id: rolloutId } = rollout;
    const sentence = `${context.actor.name} resumed the rollout of ${releaseId} to ${alias}: ${given.reason}`;
    notify(act, { kind: "rollout.resumed", application, alias, releaseId, rolloutId, sentence });
    const pauseReason = gates?.reason;
    const note = { reason: given.reason, auditSeq, ...(pauseReason === undefined ? {} : { pauseReason }) };
    return actionResult(carryOut(act, { rollout, moves, note }));
  });
}

/** Whether the pause was made by the controller, or its newest evaluation asks for a review of what was paused by hand. */
function pausedByReview({ tx }: Act, rollout: RolloutRow): boolean {
  const pause = listTransitions(tx, rollout.id).findLast((transition) => transition.toState === "paused");
  if (pause?.actorKind === "controller") return true;
  return findNewestEvaluation(tx, { rolloutId: rollout.id })?.decision === "pause_for_review";
}
