/**
 * The controller's way through evaluations at every tick: statements that are prepared once per connection, because
 * building one costs more than running it. What they read and write is that of `evaluations.ts`.
 */
import type Database from "better-sqlite3";
import type { Decision } from "@/server/domain/vocabulary";
import type { ControlDatabase } from "./database";
import { oncePerConnection } from "./once-per-connection";

/** Which evaluation of a rollout is the newest. */
interface EvaluationHead {
  readonly id: number;
  /** Data time it is about, epoch ms. */
  readonly atMs: number;
}

/** An evaluation that decided as the one before it. */
interface RepeatedRow {
  readonly rolloutId: string;
  readonly atMs: number;
  readonly decision: Decision;
  readonly stepIndex: number;
  readonly policyVersion: number;
  readonly codeVersion: string;
  readonly detail: unknown;
}

/** Evidence to be carried, as `evidence_states` keeps it. */
interface StateRow {
  readonly rolloutId: string;
  readonly consumedToMs: number;
  readonly statVersion: string;
  readonly state: unknown;
}

class EvaluationLog {
  readonly #newest: Database.Statement<[string], EvaluationHead>;
  readonly #standing: Database.Statement<[string], { revision: number; endedAtMs: number | null }>;
  readonly #add: Database.Statement<[string, number, string, number, number, string, string]>;
  readonly #writeState: Database.Statement<[string, number, string, string]>;

  constructor({ $client: database }: ControlDatabase) {
    this.#newest = database.prepare(
      "SELECT id, at_ms AS atMs FROM evaluations WHERE rollout_id = ? ORDER BY at_ms DESC, id DESC LIMIT 1",
    );
    this.#standing = database.prepare("SELECT revision, ended_at_ms AS endedAtMs FROM rollouts WHERE id = ?");
    this.#add = database.prepare(
      `INSERT INTO evaluations (rollout_id, at_ms, decision, changed, step_index, policy_version, code_version, detail)
       VALUES (?, ?, ?, 0, ?, ?, ?, ?)`,
    );
    this.#writeState = database.prepare(
      `INSERT INTO evidence_states (rollout_id, consumed_to_ms, stat_version, state) VALUES (?, ?, ?, ?)
       ON CONFLICT (rollout_id) DO UPDATE SET consumed_to_ms = excluded.consumed_to_ms,
         stat_version = excluded.stat_version, state = excluded.state`,
    );
  }

  /** Undefined before the first evaluation. */
  newest(rolloutId: string): EvaluationHead | undefined {
    return this.#newest.get(rolloutId);
  }

  /** Where the rollout stands now; undefined for one that does not exist. */
  standing(rolloutId: string): { revision: number; endedAtMs: number | null } | undefined {
    return this.#standing.get(rolloutId);
  }

  /** Adds the evaluation and returns its id. Inside a transaction. */
  add(row: RepeatedRow): number {
    const { rolloutId, atMs, decision, stepIndex, policyVersion, codeVersion, detail } = row;
    const written = this.#add.run(
      rolloutId,
      atMs,
      decision,
      stepIndex,
      policyVersion,
      codeVersion,
      JSON.stringify(detail),
    );
    return Number(written.lastInsertRowid);
  }

  /** Replaces the evidence carried to the next tick. Inside a transaction. */
  writeState({ rolloutId, consumedToMs, statVersion, state }: StateRow): void {
    this.#writeState.run(rolloutId, consumedToMs, statVersion, JSON.stringify(state));
  }
}

/** The connection's log. */
export const evaluationLog = oncePerConnection((db: ControlDatabase) => new EvaluationLog(db));
