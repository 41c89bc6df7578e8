/** Policies, rollouts, their transitions, evaluations and approvals. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { sql } from "drizzle-orm";
import { DECISIONS, POLICY_CHANGE_KINDS, ROLLOUT_STATES } from "@/server/domain/vocabulary";

/** Policy versions; append-only, the same document again is the same version. */
export const policies = sqliteTable(
  "policies",
  {
    name: text("name").notNull(),
    version: integer("version").notNull(),
    /** SHA-256 of the canonical document. */
    digest: text("digest").notNull(),
    /** The document as JSON, keys as published. */
    document: text("document", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    createdBy: text("created_by").notNull(),
    /** The document as it was written, with its comments; null when it came as data. */
    text: text("text"),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    uniqueIndex("policies_by_digest").on(table.name, table.digest),
  ],
);

/**
 * What became of a policy's versions; append-only, about one row per version. The version in force is that of the
 * newest `in_force` or `approved` row; one is pending while the newest row of all is `proposed`.
 */
export const policyChanges = sqliteTable(
  "policy_changes",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    name: text("name").notNull(),
    version: integer("version").notNull(),
    kind: text("kind", { enum: POLICY_CHANGE_KINDS }).notNull(),
    atMs: integer("at_ms").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    reason: text("reason"),
    /** Null for the built-in policy, and for what was in force before this table came. */
    auditSeq: integer("audit_seq"),
  },
  (table) => [index("policy_changes_by_name").on(table.name, table.id)],
);

/** One row per rollout; its state changes only together with a transition row. */
export const rollouts = sqliteTable(
  "rollouts",
  {
    id: text("id").primaryKey(),
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    candidateId: text("candidate_id").notNull(),
    /** What the alias served at the start; null for the first release of an alias. */
    controlId: text("control_id"),
    policyName: text("policy_name").notNull(),
    policyVersion: integer("policy_version").notNull(),
    state: text("state", { enum: ROLLOUT_STATES }).notNull(),
    /** State to go back to on resume; null unless paused. */
    pausedFrom: text("paused_from", { enum: ROLLOUT_STATES }),
    pauseReason: text("pause_reason"),
    stepIndex: integer("step_index").notNull(),
    stepStartedAtMs: integer("step_started_at_ms").notNull(),
    /** Evidence accumulates from here; a resume after a changed rule starts anew. */
    startedAtMs: integer("started_at_ms").notNull(),
    startedByKind: text("started_by_kind").notNull(),
    startedById: text("started_by_id").notNull(),
    startedByName: text("started_by_name").notNull(),
    endedAtMs: integer("ended_at_ms"),
    incidentId: text("incident_id"),
    /** Increases with each change: compare-and-set between people and the controller. */
    revision: integer("revision").notNull(),
  },
  (table) => [
    // One live rollout per (application, alias); also finds it.
    uniqueIndex("rollouts_live")
      .on(table.application, table.alias)
      .where(sql`ended_at_ms IS NULL`),
    index("rollouts_by_candidate").on(table.application, table.candidateId),
    index("rollouts_by_time").on(table.application, table.startedAtMs),
  ],
);

/** Every change of state or step; append-only, about ten per rollout. */
export const rolloutTransitions = sqliteTable(
  "rollout_transitions",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    rolloutId: text("rollout_id").notNull(),
    atMs: integer("at_ms").notNull(),
    event: text("event").notNull(),
    fromState: text("from_state").notNull(),
    toState: text("to_state").notNull(),
    stepIndex: integer("step_index").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    reason: text("reason").notNull(),
    auditSeq: integer("audit_seq").notNull(),
  },
  (table) => [index("rollout_transitions_by_rollout").on(table.rolloutId, table.id)],
);

/** One row per evaluation with new data: compact always, in full when the decision changed. Append-only; grows fastest. */
export const evaluations = sqliteTable(
  "evaluations",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    rolloutId: text("rollout_id").notNull(),
    /** Data time the evaluation is about, epoch ms. */
    atMs: integer("at_ms").notNull(),
    decision: text("decision", { enum: DECISIONS }).notNull(),
    changed: integer("changed", { mode: "boolean" }).notNull(),
    stepIndex: integer("step_index").notNull(),
    policyVersion: integer("policy_version").notNull(),
    codeVersion: text("code_version").notNull(),
    /** JSON of what was seen: per rule value, bound, n, window, verdict. */
    detail: text("detail", { mode: "json" }).$type<unknown>().notNull(),
  },
  (table) => [index("evaluations_by_rollout").on(table.rolloutId, table.atMs)],
);

/** Evidence carried from tick to tick: one row per rollout, rebuilt from stored buckets when lost. */
export const evidenceStates = sqliteTable("evidence_states", {
  rolloutId: text("rollout_id").primaryKey(),
  /** End of the last consumed arrival bucket, epoch ms. */
  consumedToMs: integer("consumed_to_ms").notNull(),
  statVersion: text("stat_version").notNull(),
  state: text("state", { mode: "json" }).$type<unknown>().notNull(),
});

/**
 * The control against itself under a rollout's policy: two halves of its subjects, one in the candidate's place. One row
 * per rollout; what it counts is the policy's measured false-alarm rate.
 */
export const calibrations = sqliteTable(
  "calibrations",
  {
    rolloutId: text("rollout_id").primaryKey(),
    policyName: text("policy_name").notNull(),
    policyVersion: integer("policy_version").notNull(),
    /** Runs begun: one, and another once the halves agree again after an alarm. */
    runs: integer("runs").notNull(),
    /** Time that the runs cover, seconds of arrival. */
    elapsedSec: integer("elapsed_sec").notNull(),
    /** Runs that ended as a rollback would have. */
    alarms: integer("alarms").notNull(),
  },
  (table) => [index("calibrations_by_policy").on(table.policyName, table.policyVersion)],
);

/** Answers to a paused rollout; append-only. */
export const approvals = sqliteTable(
  "approvals",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    rolloutId: text("rollout_id").notNull(),
    stepIndex: integer("step_index").notNull(),
    verdict: text("verdict", { enum: ["approve", "extend", "reject"] }).notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    atMs: integer("at_ms").notNull(),
    reason: text("reason").notNull(),
    /** SHA-256 of the evidence that was approved. */
    evidenceHash: text("evidence_hash").notNull(),
    auditSeq: integer("audit_seq").notNull(),
  },
  (table) => [index("approvals_by_rollout").on(table.rolloutId, table.stepIndex)],
);
