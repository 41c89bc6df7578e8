/** What an alias serves and which rollout is live on it, in one prepared query: gateways ask for every request. */
import type { Statement } from "better-sqlite3";
import type { RolloutState } from "@/server/domain/vocabulary";
import type { AliasKey } from "./aliases";
import type { ControlDatabase } from "./database";
import { oncePerConnection } from "./once-per-connection";

/** `releaseId` is null where the alias points at nothing, the rollout's columns where none is live. */
export interface Serving {
  releaseId: string | null;
  rolloutId: string | null;
  candidateId: string | null;
  state: RolloutState | null;
  pausedFrom: RolloutState | null;
  stepIndex: number | null;
  policyName: string | null;
  policyVersion: number | null;
}

type ServingStatement = Statement<[string, string], Serving>;

const servingStatement = oncePerConnection((db: ControlDatabase): ServingStatement =>
  db.$client.prepare(
    `SELECT a.release_id AS releaseId, r.id AS rolloutId, r.candidate_id AS candidateId, r.state,
       r.paused_from AS pausedFrom, r.step_index AS stepIndex, r.policy_name AS policyName,
       r.policy_version AS policyVersion
     FROM (SELECT ? AS application, ? AS alias) asked
     LEFT JOIN aliases a ON a.application = asked.application AND a.alias = asked.alias
     LEFT JOIN rollouts r ON r.application = asked.application AND r.alias = asked.alias AND r.ended_at_ms IS NULL`,
  ),
);

export function findServing(db: ControlDatabase, { application, alias }: AliasKey): Serving | undefined {
  return servingStatement(db).get(application, alias);
}
