/** Aliases, their ledger, and which releases a rollback has marked bad. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ALIAS_MOVE_CAUSES } from "@/server/domain/vocabulary";

/** The current pointer; one row per alias, changed only together with a new ledger row. */
export const aliases = sqliteTable(
  "aliases",
  {
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    releaseId: text("release_id").notNull(),
    /** Counts moves from 1; compare-and-set and ETag. */
    revision: integer("revision").notNull(),
    changedAtMs: integer("changed_at_ms").notNull(),
    cause: text("cause", { enum: ALIAS_MOVE_CAUSES }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.application, table.alias] })],
);

/** The ledger; append-only, hundreds a month. */
export const aliasMoves = sqliteTable(
  "alias_moves",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    revision: integer("revision").notNull(),
    fromReleaseId: text("from_release_id"),
    toReleaseId: text("to_release_id").notNull(),
    atMs: integer("at_ms").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    cause: text("cause", { enum: ALIAS_MOVE_CAUSES }).notNull(),
    reason: text("reason").notNull(),
    rolloutId: text("rollout_id"),
    incidentId: text("incident_id"),
    auditSeq: integer("audit_seq").notNull(),
  },
  (table) => [
    // "What was production at 14:03?" and known good.
    index("alias_moves_by_alias").on(table.application, table.alias, table.atMs),
  ],
);

/** `bad`: a rollback marked it for this alias; `cleared`: a person took the mark back. Append-only, few. */
export const releaseMarks = sqliteTable(
  "release_marks",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    releaseId: text("release_id").notNull(),
    mark: text("mark", { enum: ["bad", "cleared"] }).notNull(),
    atMs: integer("at_ms").notNull(),
    reason: text("reason").notNull(),
    incidentId: text("incident_id"),
    rolloutId: text("rollout_id"),
  },
  // Marks of a release.
  (table) => [index("release_marks_by_release").on(table.application, table.releaseId)],
);

/** What each gateway says it runs; one row per gateway and alias, replaced by its next word. Tens. */
export const aliasAcks = sqliteTable(
  "alias_acks",
  {
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    /** The gateway's own name of itself. */
    gateway: text("gateway").notNull(),
    revision: integer("revision").notNull(),
    releaseId: text("release_id").notNull(),
    region: text("region"),
    /** When it first said so of this revision. */
    confirmedAtMs: integer("confirmed_at_ms").notNull(),
    /** When it was last heard. */
    seenAtMs: integer("seen_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.application, table.alias, table.gateway] })],
);
