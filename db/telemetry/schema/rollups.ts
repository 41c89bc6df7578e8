/**
 * Sums per series and bucket, written in the same transaction as the requests they count. The primary key is
 * `series · 2^29 + bucket number`, so that one series is one range; `data` packs all measures of the bucket.
 */
import { blob, index, integer, sqliteTable } from "drizzle-orm/sqlite-core";

/** What a rollup row is about: (application, release, track, segment). Bounded by the limits on segment values. */
export const series = sqliteTable(
  "series",
  {
    id: integer("id").primaryKey(),
    application: integer("application").notNull(),
    /** 0: no release was found. */
    release: integer("release").notNull(),
    track: integer("track").notNull(),
    /** 0: all requests. */
    segmentKey: integer("segment_key").notNull(),
    segmentValue: integer("segment_value").notNull(),
  },
  // All series of an application.
  (table) => [index("series_by_application").on(table.application)],
);

/** 10-second buckets of the request's time; late requests amend them. */
export const rollups10s = sqliteTable("rollups_10s", {
  id: integer("id").primaryKey(),
  data: blob("data", { mode: "buffer" }).notNull(),
});

/** 1-minute buckets of the request's time. */
export const rollups1m = sqliteTable("rollups_1m", {
  id: integer("id").primaryKey(),
  data: blob("data", { mode: "buffer" }).notNull(),
});

/** 1-hour buckets of the request's time. */
export const rollups1h = sqliteTable("rollups_1h", {
  id: integer("id").primaryKey(),
  data: blob("data", { mode: "buffer" }).notNull(),
});

/** 10-second buckets of arrival, for evidence: written while open, never revised afterwards. */
export const evidence10s = sqliteTable("evidence_10s", {
  id: integer("id").primaryKey(),
  data: blob("data", { mode: "buffer" }).notNull(),
});
