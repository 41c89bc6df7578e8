/** What approving and resuming share: rule 8, and what an approval is bound to. */
import { forbidden } from "@/server/domain/errors";
import { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import { evidenceHash, isSameParty } from "@/server/domain/rollout/approval";
import type { ControlReader } from "@/server/store/control/database";
import { findNewestEvaluation, listApprovals, type EvaluationRow } from "@/server/store/control/evaluations";
import { listProvenance } from "@/server/store/control/releases";
import type { RolloutRow } from "@/server/store/control/rollouts";
import type { Actor } from "./context";
import type { Act } from "./perform";

/** The limits that a kept evaluation found broken. */
export function storedViolations(evaluation: EvaluationRow | undefined): PolicyEvaluation["violations"] {
  // `recordEvaluation` is the only writer of this column.
  return evaluation === undefined ? [] : PolicyEvaluation.parse(evaluation.detail).violations;
}

/** What an approval given now is bound to; it changes when other limits break, the step or the policy version changes. */
export function currentEvidenceHash(db: ControlReader, rollout: RolloutRow): string {
  const { id, candidateId, policyName, policyVersion, stepIndex } = rollout;
  const violations = storedViolations(findNewestEvaluation(db, { rolloutId: id }));
  return evidenceHash({ candidateId, policyName, policyVersion, stepIndex, violations });
}

/** The answers of one step, oldest first, that an extension has not made void: it asked for more evidence than they saw. */
export function sinceExtension<Answer extends { verdict: string }>(answers: readonly Answer[]): Answer[] {
  return answers.slice(answers.findLastIndex(({ verdict }) => verdict === "extend") + 1);
}

/** Who approved the present step on the present evidence, each once. */
export function approversOf(db: ControlReader, rollout: RolloutRow): string[] {
  const hash = currentEvidenceHash(db, rollout);
  const given = listApprovals(db, { rolloutId: rollout.id, stepIndex: rollout.stepIndex });
  const counted = sinceExtension(given).filter(
    (approval) => approval.verdict === "approve" && approval.evidenceHash === hash,
  );
  return [...new Set(counted.map((approval) => approval.actorId))];
}

/**
 * Rule 8: nobody lets the own release through.
 *
 * @throws DomainError `forbidden` when the actor is the candidate's author or started the rollout, unless the policy
 *   allows it. A release without a named author counts as written by whoever registered it.
 */
export function requireIndependent(
  { tx, context }: Act,
  { rollout, policy }: { rollout: RolloutRow; policy: Policy },
): void {
  if (policy.allowSelfApproval) return;
  const { actor } = context;
  const { application, candidateId } = rollout;
  if (isOneOf(actor, [rollout.startedById, rollout.startedByName])) {
    throw forbidden(`${actor.name} started this rollout: somebody else has to let ${candidateId} through`);
  }
  const authors = listProvenance(tx, { application, releaseId: candidateId }).map(
    (row) => row.author ?? row.registeredBy,
  );
  if (isOneOf(actor, authors)) {
    throw forbidden(`${actor.name} is the author of ${candidateId}: somebody else has to let it through`);
  }
}

function isOneOf(actor: Actor, parties: readonly string[]): boolean {
  return parties.some((party) => isSameParty(actor, party));
}
