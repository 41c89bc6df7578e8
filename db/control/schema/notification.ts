/** Where notifications go. What is sent, waits or was given up is in the outbox. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ChannelSettings } from "@/server/domain/notification/route";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";

/** One row per route; tens. Secrets are named in `settings`, never held. */
export const notificationRoutes = sqliteTable("notification_routes", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** Null: every application. */
  application: text("application"),
  minSeverity: text("min_severity", { enum: INCIDENT_SEVERITIES }).notNull(),
  /** JSON array; empty: every kind. */
  kinds: text("kinds", { mode: "json" }).$type<string[]>().notNull(),
  settings: text("settings", { mode: "json" }).$type<ChannelSettings>().notNull(),
  enabled: integer("enabled", { mode: "boolean" }).notNull(),
  /** Why it is switched off. */
  disabledReason: text("disabled_reason"),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});
