/** Incidents and their timelines. An incident's row changes only together with a timeline row; that is the verbs' part. */
import { and, asc, desc, eq, gt, gte, isNotNull, isNull, ne, sql } from "drizzle-orm";
import { incidentEvents, incidents } from "@/db/control/schema/incident";
import type { IncidentStatus } from "@/server/domain/vocabulary";
import { afterCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page, StoredActor } from "./database";
import { actorColumns, pageOf } from "./database";

export type IncidentRow = typeof incidents.$inferSelect;
export type IncidentEventRow = typeof incidentEvents.$inferSelect;

/** Kinds of timeline entries, as pages filter them. */
export type IncidentEventKind =
  | "opened"
  | "alias_move"
  | "decision"
  | "approval"
  | "pause"
  | "alert"
  | "note"
  | "correction"
  | "status"
  | "drain"
  | "git"
  | "pin"
  | "role"
  | "postmortem";

export function findIncident(db: ControlReader, id: string): IncidentRow | undefined {
  return db.select().from(incidents).where(eq(incidents.id, id)).get();
}

/** The newest incident with this key, resolved or not. */
export function findIncidentByKey(db: ControlReader, dedupKey: string): IncidentRow | undefined {
  return db
    .select()
    .from(incidents)
    .where(eq(incidents.dedupKey, dedupKey))
    .orderBy(desc(incidents.detectedAtMs))
    .limit(1)
    .get();
}

/** Every incident about a release, newest first. */
export function listIncidentsOfRelease(
  db: ControlReader,
  { application, releaseId }: { application: string; releaseId: string },
): IncidentRow[] {
  return db
    .select()
    .from(incidents)
    .where(and(eq(incidents.application, application), eq(incidents.releaseId, releaseId)))
    .orderBy(desc(incidents.detectedAtMs))
    .all();
}

/** The newest unresolved incident about a release. */
export function findOpenIncidentOfRelease(
  db: ControlReader,
  { application, releaseId }: { application: string; releaseId: string },
): IncidentRow | undefined {
  return db
    .select()
    .from(incidents)
    .where(
      and(eq(incidents.application, application), eq(incidents.releaseId, releaseId), ne(incidents.status, "resolved")),
    )
    .orderBy(desc(incidents.detectedAtMs))
    .limit(1)
    .get();
}

/** Newest first. The cursor is `detectedAtMs.id` of the last row shown. */
export function listIncidents(
  db: ControlReader,
  filter: { application?: string; status?: IncidentStatus; limit: number; cursor?: string },
): Page<IncidentRow> {
  const rows = db
    .select()
    .from(incidents)
    .where(
      and(
        filter.application === undefined ? undefined : eq(incidents.application, filter.application),
        filter.status === undefined ? undefined : eq(incidents.status, filter.status),
        afterCursor({ at: incidents.detectedAtMs, id: incidents.id }, filter.cursor),
      ),
    )
    .orderBy(desc(incidents.detectedAtMs), desc(incidents.id))
    .limit(filter.limit + 1)
    .all();
  return pageOf(rows, { limit: filter.limit, keyOf: (row) => `${row.detectedAtMs}.${row.id}` });
}

/** Incidents detected since an instant, oldest first. */
export function listIncidentsSince(
  db: ControlReader,
  { application, sinceMs }: { application: string; sinceMs: number },
): IncidentRow[] {
  return db
    .select()
    .from(incidents)
    .where(and(eq(incidents.application, application), gte(incidents.detectedAtMs, sinceMs)))
    .orderBy(asc(incidents.detectedAtMs))
    .all();
}

/** Mitigated incidents whose failed release has not been seen to stop serving, newest first: what the drain watch follows. */
export function listUndrainedIncidents(
  db: ControlReader,
  { sinceMs, limit }: { sinceMs: number; limit: number },
): IncidentRow[] {
  return db
    .select()
    .from(incidents)
    .where(and(gt(incidents.mitigatedAtMs, sinceMs), isNull(incidents.drainedAtMs), isNotNull(incidents.releaseId)))
    .orderBy(desc(incidents.mitigatedAtMs))
    .limit(limit)
    .all();
}

export function addIncident(tx: ControlTx, row: typeof incidents.$inferInsert): void {
  tx.insert(incidents).values(row).run();
}

export type IncidentChange = Partial<
  Pick<
    IncidentRow,
    "status" | "releaseId" | "rolloutId" | "alias" | "mitigatedAtMs" | "drainedAtMs" | "resolvedAtMs" | "commander"
  >
>;

export function writeIncident(tx: ControlTx, { id, change }: { id: string; change: IncidentChange }): void {
  tx.update(incidents).set(change).where(eq(incidents.id, id)).run();
}

/** Adds a timeline entry and returns its id. */
export function addIncidentEvent(
  tx: ControlTx,
  row: {
    incidentId: string;
    atMs: number;
    kind: IncidentEventKind;
    actor: StoredActor;
    text: string;
    data: unknown;
    auditSeq: number | null;
  },
): number {
  const { actor, ...columns } = row;
  const written = tx
    .insert(incidentEvents)
    .values({ ...columns, ...actorColumns(actor) })
    .run();
  return Number(written.lastInsertRowid);
}

/** An incident's timeline, oldest first. */
export function listIncidentEvents(db: ControlReader, incidentId: string): IncidentEventRow[] {
  return db
    .select()
    .from(incidentEvents)
    .where(eq(incidentEvents.incidentId, incidentId))
    .orderBy(asc(incidentEvents.atMs), asc(incidentEvents.id))
    .all();
}

/** Timeline entries of alerts, oldest first: of one alert by its key, or all of one incident. */
export function findAlertEvents(db: ControlReader, of: string | { incidentId: string }): IncidentEventRow[] {
  const narrowed =
    typeof of === "string"
      ? sql`json_extract(${incidentEvents.data}, '$.key') = ${of}`
      : eq(incidentEvents.incidentId, of.incidentId);
  return db
    .select()
    .from(incidentEvents)
    .where(and(eq(incidentEvents.kind, "alert"), narrowed))
    .orderBy(asc(incidentEvents.id))
    .all();
}
