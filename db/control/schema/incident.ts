/** Incidents and the timeline that writes itself. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { INCIDENT_SEVERITIES, INCIDENT_STATUSES } from "@/server/domain/vocabulary";

/** One row per incident; status changes only together with a timeline row. */
export const incidents = sqliteTable(
  "incidents",
  {
    id: text("id").primaryKey(),
    application: text("application").notNull(),
    alias: text("alias"),
    releaseId: text("release_id"),
    rolloutId: text("rollout_id"),
    title: text("title").notNull(),
    cause: text("cause", { enum: ["decision", "alert", "person", "rollback"] }).notNull(),
    severity: text("severity", { enum: INCIDENT_SEVERITIES }).notNull(),
    status: text("status", { enum: INCIDENT_STATUSES }).notNull(),
    /** First bad window, when it is known. */
    startedAtMs: integer("started_at_ms"),
    detectedAtMs: integer("detected_at_ms").notNull(),
    mitigatedAtMs: integer("mitigated_at_ms"),
    drainedAtMs: integer("drained_at_ms"),
    resolvedAtMs: integer("resolved_at_ms"),
    openedByKind: text("opened_by_kind").notNull(),
    openedById: text("opened_by_id").notNull(),
    openedByName: text("opened_by_name").notNull(),
    /** For deduplication: rollout and cause, or the alert's fingerprint. */
    dedupKey: text("dedup_key"),
    /** Who leads, by the name that pages show; null until somebody takes over. */
    commander: text("commander"),
  },
  (table) => [
    index("incidents_by_application").on(table.application, table.detectedAtMs),
    index("incidents_by_dedup").on(table.dedupKey),
  ],
);

/** Timeline entries; append-only. */
export const incidentEvents = sqliteTable(
  "incident_events",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    incidentId: text("incident_id").notNull(),
    atMs: integer("at_ms").notNull(),
    kind: text("kind").notNull(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name").notNull(),
    text: text("text").notNull(),
    data: text("data", { mode: "json" }).$type<unknown>(),
    auditSeq: integer("audit_seq"),
  },
  (table) => [index("incident_events_by_incident").on(table.incidentId, table.atMs)],
);
