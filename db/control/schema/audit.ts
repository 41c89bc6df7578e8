/** The hash-chained audit log. Append-only; triggers refuse UPDATE and DELETE. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row per state-changing act; about 1 kB each, kept for ever. */
export const auditEntries = sqliteTable(
  "audit_entries",
  {
    /** 1, 2, 3, … without gaps. */
    seq: integer("seq").primaryKey(),
    atMs: integer("at_ms").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    actorRole: text("actor_role"),
    action: text("action").notNull(),
    /** `application/deploy-assistant/alias/production`. */
    target: text("target").notNull(),
    /** JSON, or null. */
    before: text("before", { mode: "json" }).$type<unknown>(),
    after: text("after", { mode: "json" }).$type<unknown>(),
    reason: text("reason"),
    requestId: text("request_id"),
    prevHash: text("prev_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [index("audit_entries_by_target").on(table.target, table.seq)],
);

/** Signed statements of how long the chain was and where it stood; append-only, one an hour or per thousand entries. */
export const auditCheckpoints = sqliteTable("audit_checkpoints", {
  /** Entries that the checkpoint covers: the newest entry's `seq`. */
  size: integer("size").primaryKey(),
  /** The installation that signed. */
  origin: text("origin").notNull(),
  /** Hash of entry `size`. */
  hash: text("hash").notNull(),
  atMs: integer("at_ms").notNull(),
  /** The signer's Ed25519 public key, SPKI, base64. */
  publicKey: text("public_key").notNull(),
  /** Over the checkpoint's text, base64. */
  signature: text("signature").notNull(),
});
