/** What must happen outside, who may call, and what makes writes repeatable. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Outside effects of committed changes, delivered at least once, in order per target. Kept 90 days after delivery. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    target: text("target").notNull(),
    kind: text("kind").notNull(),
    payload: text("payload", { mode: "json" }).$type<unknown>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAtMs: integer("next_attempt_at_ms").notNull(),
    deliveredAtMs: integer("delivered_at_ms"),
    lastError: text("last_error"),
    /** No further attempt is made: a person must look. The rows behind it go on. */
    gaveUpAtMs: integer("gave_up_at_ms"),
  },
  (table) => [
    index("outbox_due").on(table.deliveredAtMs, table.target, table.id),
    // What went to one route, newest first.
    index("outbox_by_target").on(table.target, table.id),
  ],
);

/** API tokens: only the SHA-256 is kept. */
export const tokens = sqliteTable(
  "tokens",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    /** SHA-256 of the token, hex. */
    hash: text("hash").notNull(),
    /** First characters, to recognise it in lists. */
    prefix: text("prefix").notNull(),
    /** JSON array of scopes; empty when a role is given. */
    scopes: text("scopes", { mode: "json" }).$type<string[]>().notNull(),
    role: text("role"),
    createdAtMs: integer("created_at_ms").notNull(),
    createdBy: text("created_by").notNull(),
    expiresAtMs: integer("expires_at_ms"),
    lastUsedAtMs: integer("last_used_at_ms"),
    revokedAtMs: integer("revoked_at_ms"),
  },
  (table) => [uniqueIndex("tokens_by_hash").on(table.hash)],
);

/** Answers to writes with an `Idempotency-Key`; kept 48 hours. */
export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    actorId: text("actor_id").notNull(),
    key: text("key").notNull(),
    /** SHA-256 of method, path and body: the same key with another request is refused. */
    requestHash: text("request_hash").notNull(),
    status: integer("status").notNull(),
    body: text("body").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.actorId, table.key] }),
    index("idempotency_keys_by_age").on(table.createdAtMs),
  ],
);

/** Singleton work: `controller` and, later, others. One row each. */
export const leases = sqliteTable("leases", {
  name: text("name").primaryKey(),
  holder: text("holder").notNull(),
  expiresAtMs: integer("expires_at_ms").notNull(),
  /** Rounds of work since the lease was first taken, and how long they took together, ms: for monitoring. */
  rounds: integer("rounds").notNull().default(0),
  workedMs: integer("worked_ms").notNull().default(0),
});
