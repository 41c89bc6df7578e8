/** Feature views as registered, and the offline values that evaluations were made with. Rows are only ever added. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ValueProfile } from "@/server/domain/feature/value-profile";

/** One row per changed registration of a view; a few per view. */
export const featureViews = sqliteTable(
  "feature_views",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    view: text("view").notNull(),
    /** Counts the changed registrations of the view from 1. */
    revision: integer("revision").notNull(),
    /** SHA-256 of the definition's canonical text: the same text again is no new row. */
    digest: text("digest").notNull(),
    /** JSON `{feature: type}`. */
    schema: text("schema", { mode: "json" }).$type<Record<string, string>>().notNull(),
    /** How old a served value may be; null where no limit is known. */
    ttlMs: integer("ttl_ms"),
    /** JSON array of where the values come from. */
    sources: text("sources", { mode: "json" }).$type<string[]>().notNull(),
    /** JSON configuration of the transformation, and its fingerprint. */
    transformation: text("transformation", { mode: "json" }).$type<Record<string, unknown>>(),
    fingerprint: text("fingerprint"),
    /** JSON `{schema, compute, policy}`: hashes of what a feature store's definition says, where it came from one. */
    definition: text("definition", { mode: "json" }).$type<Record<string, string>>(),
    atMs: integer("at_ms").notNull(),
    submittedBy: text("submitted_by").notNull(),
  },
  // The newest registration of a view.
  (table) => [index("feature_views_by_view").on(table.application, table.view, table.id)],
);

/** One row per uploaded evaluation set of a view; a few per release. */
export const featureSets = sqliteTable(
  "feature_sets",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    view: text("view").notNull(),
    /** The evaluation suite whose values these are. */
    suite: text("suite").notNull(),
    rowCount: integer("row_count").notNull(),
    /** Values that came to hold only after the instant that the row asks about. */
    leakCount: integer("leak_count").notNull(),
    /** JSON array: each feature's distribution over all rows and per segment value. */
    profiles: text("profiles", { mode: "json" }).$type<ValueProfile[]>().notNull(),
    atMs: integer("at_ms").notNull(),
    submittedBy: text("submitted_by").notNull(),
  },
  // The newest set of a view.
  (table) => [index("feature_sets_by_view").on(table.application, table.view, table.id)],
);

/** One value of one entity in an uploaded set; thousands per set. */
export const featureSetValues = sqliteTable(
  "feature_set_values",
  {
    setId: integer("set_id").notNull(),
    row: integer("row").notNull(),
    feature: text("feature").notNull(),
    /** What the row is about, e.g. `service=payments`. */
    entity: text("entity").notNull(),
    /** The instant that the evaluation asked about. */
    eventMs: integer("event_ms").notNull(),
    /** When the value came to hold. */
    valueMs: integer("value_ms").notNull(),
    value: text("value", { mode: "json" }).$type<unknown>(),
  },
  (table) => [
    primaryKey({ columns: [table.setId, table.row, table.feature] }),
    // Values of an entity as evaluated.
    index("feature_set_values_by_entity").on(table.setId, table.entity, table.feature),
  ],
);
