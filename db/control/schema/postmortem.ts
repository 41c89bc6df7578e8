/** Postmortems, version by version, and the actions that came of them. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { ACTION_STATUSES, ACTION_TYPES } from "@/server/domain/postmortem/action";
import type { FrozenChart } from "@/server/domain/postmortem/chart";
import type { Citation } from "@/server/domain/postmortem/citation";
import type { SectionText } from "@/server/domain/postmortem/sections";
import { POSTMORTEM_STATUSES } from "@/server/domain/postmortem/status";

/** One row per saved version, with the evidence it cites; append-only, tens of kB each, a few per incident. */
export const postmortems = sqliteTable(
  "postmortems",
  {
    incidentId: text("incident_id").notNull(),
    /** 1, 2, 3, … without gaps: compare-and-set between people. */
    version: integer("version").notNull(),
    status: text("status", { enum: POSTMORTEM_STATUSES }).notNull(),
    /** JSON of the text, section by section. */
    sections: text("sections", { mode: "json" }).$type<SectionText[]>().notNull(),
    /** JSON of what the generator had written: tells people's lines from generated ones. */
    generated: text("generated", { mode: "json" }).$type<SectionText[]>().notNull(),
    citations: text("citations", { mode: "json" }).$type<Citation[]>().notNull(),
    /** JSON of the charts with their numbers. */
    charts: text("charts", { mode: "json" }).$type<FrozenChart[]>().notNull(),
    note: text("note"),
    atMs: integer("at_ms").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    auditSeq: integer("audit_seq").notNull(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.version] })],
);

/** One row per action; changed only together with an audit entry. A few per incident. */
export const actionItems = sqliteTable(
  "action_items",
  {
    id: text("id").primaryKey(),
    incidentId: text("incident_id").notNull(),
    application: text("application").notNull(),
    text: text("text").notNull(),
    type: text("type", { enum: ACTION_TYPES }).notNull(),
    owner: text("owner"),
    /** `2026-05-01`. */
    dueOn: text("due_on"),
    status: text("status", { enum: ACTION_STATUSES }).notNull(),
    link: text("link"),
    /** Counts changes from 1: compare-and-set. */
    revision: integer("revision").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    index("action_items_by_incident").on(table.incidentId),
    // Open actions, the most overdue first.
    index("action_items_by_due").on(table.status, table.dueOn),
  ],
);
