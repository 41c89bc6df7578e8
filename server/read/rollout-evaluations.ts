/** The kept evaluations of a rollout, newest first: what was seen each time, as it was stored. */
import { notFound } from "@/server/domain/errors";
import { listEvaluations } from "@/server/store/control/evaluations";
import { findRollout } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import type { RolloutEvaluationsView } from "./rollout-view";
import { storedEvaluation } from "./stored-evaluation";
import { waitingForView } from "./waiting-for";

/**
 * @param changedOnly leaves out evaluations that decided as the one before.
 * @throws DomainError `not_found`.
 */
export function listRolloutEvaluations(
  { control }: ReadDeps,
  { id, limit, cursor, changedOnly }: { id: string; limit: number; cursor?: string; changedOnly?: boolean },
): RolloutEvaluationsView {
  const rollout = findRollout(control, id);
  if (rollout === undefined) throw notFound("rollout", id);
  const page = listEvaluations(control, {
    rolloutId: id,
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    ...(changedOnly === undefined ? {} : { changedOnly }),
  });
  const items = page.items.map((row) => {
    const { sentence, findings, violations, waitingFor } = storedEvaluation(row);
    return {
      id: row.id,
      at: row.atMs,
      decision: row.decision,
      changed: row.changed,
      stepIndex: row.stepIndex,
      policy: { name: rollout.policyName, version: row.policyVersion },
      codeVersion: row.codeVersion,
      sentence,
      findings,
      violations,
      waitingFor: waitingFor.map(waitingForView),
    };
  });
  return { ...page, items };
}
