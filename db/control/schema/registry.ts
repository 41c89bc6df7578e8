/** Applications, releases and their provenance. Rows are never changed or deleted, but an application's settings. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { GoldenItem } from "@/server/domain/gate/golden-item";
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";

/** One row per LLM product; tens. Settings change, the row stays. */
export const applications = sqliteTable("applications", {
  id: text("id").primaryKey(),
  displayName: text("display_name").notNull(),
  /** JSON array of segment keys; `region` and `tenant` unless set. */
  segments: text("segments", { mode: "json" }).$type<string[]>().notNull(),
  storeContent: integer("store_content", { mode: "boolean" }).notNull().default(false),
  /** JSON `{rawDays, rollupMonths}`. */
  retention: text("retention", { mode: "json" }).$type<{ rawDays: number; rollupMonths: number }>().notNull(),
  /** JSON of field → the application's own keys for it in telemetry. */
  telemetryKeys: text("telemetry_keys", { mode: "json" }).$type<TelemetryKeys>().notNull().default({}),
  createdAtMs: integer("created_at_ms").notNull(),
});

/** One row per release of an application; thousands, kept for ever. */
export const releases = sqliteTable(
  "releases",
  {
    application: text("application").notNull(),
    id: text("id").notNull(),
    /** Full SHA-256, 64 hex digits. */
    digest: text("digest").notNull(),
    /** JSON `{kind: "name@version"}` as registered. */
    components: text("components", { mode: "json" }).$type<Record<string, string>>().notNull(),
    /** JSON `{kind: "sha256:…"}`. */
    digests: text("digests", { mode: "json" }).$type<Record<string, string>>().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.application, table.id] }),
    // GET /api/v1/releases/{id} without an application.
    index("releases_by_id").on(table.id),
    // Newest first in lists.
    index("releases_by_time").on(table.application, table.createdAtMs),
  ],
);

/** One row per component of a release, for "which releases contain prompt deploy@2.4.1"; ten per release. */
export const releaseComponents = sqliteTable(
  "release_components",
  {
    application: text("application").notNull(),
    releaseId: text("release_id").notNull(),
    kind: text("kind").notNull(),
    reference: text("reference").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.application, table.releaseId, table.kind] }),
    // Usage of a component.
    index("release_components_by_reference").on(table.reference, table.application),
  ],
);

/** One row per registration; several per release. */
export const provenance = sqliteTable(
  "provenance",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    releaseId: text("release_id").notNull(),
    registeredAtMs: integer("registered_at_ms").notNull(),
    registeredBy: text("registered_by").notNull(),
    gitCommit: text("git_commit"),
    author: text("author"),
    pipelineUrl: text("pipeline_url"),
    labels: text("labels", { mode: "json" }).$type<Record<string, string>>().notNull(),
    /** JSON `{feature view: offline fingerprint}` at registration. */
    fingerprints: text("fingerprints", { mode: "json" }).$type<Record<string, string>>().notNull(),
  },
  // A release's registrations, in order.
  (table) => [index("provenance_by_release").on(table.application, table.releaseId)],
);

/** Golden-set results from CI; a few per release, kept for ever. */
export const evaluationResults = sqliteTable(
  "evaluation_results",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    releaseId: text("release_id").notNull(),
    suite: text("suite").notNull(),
    format: text("format").notNull(),
    /** JSON `{metric: number}`. */
    results: text("results", { mode: "json" }).$type<Record<string, number>>().notNull(),
    report: text("report", { mode: "json" }).$type<unknown>(),
    /** JSON array of `{id, scores, segments}`: the cases one by one, where the results came with them. */
    items: text("items", { mode: "json" }).$type<GoldenItem[]>(),
    submittedBy: text("submitted_by").notNull(),
    atMs: integer("at_ms").notNull(),
  },
  // A release's results, newest last.
  (table) => [index("evaluation_results_by_release").on(table.application, table.releaseId, table.atMs)],
);

/** Fingerprints seen offline and online; one row per change. */
export const featureFingerprints = sqliteTable(
  "feature_fingerprints",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    view: text("view").notNull(),
    side: text("side", { enum: ["offline", "online"] }).notNull(),
    fingerprint: text("fingerprint").notNull(),
    config: text("config", { mode: "json" }).$type<unknown>(),
    atMs: integer("at_ms").notNull(),
    submittedBy: text("submitted_by").notNull(),
  },
  // The newest per view and side.
  (table) => [index("feature_fingerprints_by_view").on(table.application, table.view, table.side, table.atMs)],
);
