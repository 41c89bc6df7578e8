/** Repositories of applications, what git declares, and what was written back to it. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { DRIFT_STATES } from "@/server/domain/gitops/drift-state";
import { WRITE_BACK_STATUSES } from "@/server/domain/gitops/write-back";

/** Settings, one row per application that has a repository; secrets are named, never held. */
export const gitRepositories = sqliteTable("git_repositories", {
  application: text("application").primaryKey(),
  /** JSON of the settings as they were put, defaults filled in. */
  settings: text("settings", { mode: "json" }).$type<Record<string, unknown>>().notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** What was last seen, one row per repository; changes with every check. */
export const gitStates = sqliteTable("git_states", {
  application: text("application").primaryKey(),
  headCommit: text("head_commit"),
  headAuthor: text("head_author"),
  headCommittedAtMs: integer("head_committed_at_ms"),
  /** When this head was first seen. */
  headSeenAtMs: integer("head_seen_at_ms"),
  /** JSON of what the head declares, aliases apart: releases, prompts, policy, findings. */
  declared: text("declared", { mode: "json" }).$type<unknown>(),
  checkedAtMs: integer("checked_at_ms"),
  reachedAtMs: integer("reached_at_ms"),
  /** Why the newest check failed; null when git answered. */
  error: text("error"),
  failingSinceMs: integer("failing_since_ms"),
  /** A webhook or a person asked for a check. */
  requestedAtMs: integer("requested_at_ms"),
  /** The newest commit that was applied. */
  appliedCommit: text("applied_commit"),
  appliedAtMs: integer("applied_at_ms"),
});

/** Aliases that the head declares, and how each stands to what runs. */
export const gitAliases = sqliteTable(
  "git_aliases",
  {
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    environment: text("environment").notNull(),
    path: text("path").notNull(),
    reference: text("reference").notNull(),
    /** Null when the reference names nothing. */
    releaseId: text("release_id"),
    /** When this declaration was first seen, and in which commit. */
    declaredAtMs: integer("declared_at_ms").notNull(),
    commit: text("commit").notNull(),
    state: text("state", { enum: DRIFT_STATES }).notNull(),
    latched: integer("latched", { mode: "boolean" }).notNull(),
    stateSinceMs: integer("state_since_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.application, table.alias] })],
);

/** Commits that bring git to what runs: one row per alias move that needed one; a few a month, kept. */
export const gitWriteBacks = sqliteTable(
  "git_write_backs",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    alias: text("alias").notNull(),
    /** The audit entry that it answers. */
    auditSeq: integer("audit_seq").notNull(),
    incidentId: text("incident_id"),
    fromReleaseId: text("from_release_id").notNull(),
    toReleaseId: text("to_release_id").notNull(),
    status: text("status", { enum: WRITE_BACK_STATUSES }).notNull(),
    commit: text("commit"),
    /** The branch of a proposal. */
    branch: text("branch"),
    /** The pull request, or where one is opened by hand. */
    url: text("url"),
    /** In words, for people. */
    message: text("message").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("git_write_backs_by_audit").on(table.auditSeq),
    // The newest of an alias; the open ones of an application.
    index("git_write_backs_by_alias").on(table.application, table.alias, table.id),
  ],
);
