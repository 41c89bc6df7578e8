/** Components that registries hold or pipelines registered, and the registry aliases that Switchback moves. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** What a component is set up with: short values by name. */
export type ComponentSettings = Readonly<Record<string, string | number | boolean>>;

/** One row per version that a registry was seen to hold or a pipeline registered; hundreds. */
export const knownComponents = sqliteTable(
  "known_components",
  {
    application: text("application").notNull(),
    kind: text("kind").notNull(),
    name: text("name").notNull(),
    version: text("version").notNull(),
    /** Where it was seen: `mlflow`, `feast`; `switchback` when it was registered here. */
    registry: text("registry").notNull(),
    digest: text("digest"),
    uri: text("uri"),
    /** JSON object of what it was set up with, e.g. a temperature; null when nobody said. */
    settings: text("settings", { mode: "json" }).$type<ComponentSettings>(),
    seenAtMs: integer("seen_at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.application, table.kind, table.name, table.version] })],
);

/** Which alias of a registered model follows which component of which of our aliases; a few. Changed by hand only. */
export const registryLinks = sqliteTable(
  "registry_links",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    application: text("application").notNull(),
    /** Our alias: `production`. */
    alias: text("alias").notNull(),
    /** The component kind whose version the registry's alias follows. */
    kind: text("kind").notNull(),
    /** The registered model (or prompt) and its alias there. */
    model: text("model").notNull(),
    registryAlias: text("registry_alias").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [uniqueIndex("registry_links_once").on(table.application, table.alias, table.kind)],
);

/** What was written to, and seen in, a registry; a row per move or change. */
export const registryMoves = sqliteTable(
  "registry_moves",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    linkId: integer("link_id").notNull(),
    /** `moved` by us, `conflict` when it was not what was expected, `out_of_band` when somebody else moved it. */
    outcome: text("outcome", { enum: ["moved", "conflict", "out_of_band"] }).notNull(),
    beforeVersion: text("before_version"),
    requestedVersion: text("requested_version"),
    observedVersion: text("observed_version"),
    atMs: integer("at_ms").notNull(),
  },
  // The newest of a link.
  (table) => [index("registry_moves_by_link").on(table.linkId, table.id)],
);
