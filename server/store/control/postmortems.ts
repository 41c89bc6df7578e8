/** Saved versions of postmortems, never changed, and the actions that came of them. */
import { and, asc, desc, eq, getTableColumns, lt, sql } from "drizzle-orm";
import { actionItems, postmortems } from "@/db/control/schema/postmortem";
import type { ControlReader, ControlTx, StoredActor } from "./database";
import { actorColumns } from "./database";

export type PostmortemRow = typeof postmortems.$inferSelect;
export type ActionItemRow = typeof actionItems.$inferSelect;

/** The newest version, or the one that is asked for. */
export function findPostmortem(
  db: ControlReader,
  { incidentId, version }: { incidentId: string; version?: number | undefined },
): PostmortemRow | undefined {
  return db
    .select()
    .from(postmortems)
    .where(
      and(eq(postmortems.incidentId, incidentId), version === undefined ? undefined : eq(postmortems.version, version)),
    )
    .orderBy(desc(postmortems.version))
    .limit(1)
    .get();
}

/** The newest version's number and status, without its texts. */
export function findPostmortemStatus(
  db: ControlReader,
  incidentId: string,
): Pick<PostmortemRow, "version" | "status"> | undefined {
  return db
    .select({ version: postmortems.version, status: postmortems.status })
    .from(postmortems)
    .where(eq(postmortems.incidentId, incidentId))
    .orderBy(desc(postmortems.version))
    .limit(1)
    .get();
}

/** Who saved what when, newest first; not the texts. */
export function listPostmortemVersions(
  db: ControlReader,
  incidentId: string,
): Omit<PostmortemRow, "sections" | "generated" | "citations" | "charts">[] {
  const {
    sections: _sections,
    generated: _generated,
    citations: _citations,
    charts: _charts,
    ...columns
  } = getTableColumns(postmortems);
  return db
    .select(columns)
    .from(postmortems)
    .where(eq(postmortems.incidentId, incidentId))
    .orderBy(desc(postmortems.version))
    .all();
}

/** The caller holds the write lock and has read that `version - 1` is the newest. */
export function addPostmortem(
  tx: ControlTx,
  row: Omit<PostmortemRow, "actorKind" | "actorId" | "actorName"> & { actor: StoredActor },
): void {
  const { actor, ...columns } = row;
  tx.insert(postmortems)
    .values({ ...columns, ...actorColumns(actor) })
    .run();
}

export function findActionItem(db: ControlReader, id: string): ActionItemRow | undefined {
  return db.select().from(actionItems).where(eq(actionItems.id, id)).get();
}

/** An incident's actions in the order in which they were added. */
export function listActionsOfIncident(db: ControlReader, incidentId: string): ActionItemRow[] {
  return db.select().from(actionItems).where(eq(actionItems.incidentId, incidentId)).orderBy(asc(actionItems.id)).all();
}

/** Open actions, the earliest due first, those without a date last; of one application or of all. */
export function listOpenActions(
  db: ControlReader,
  {
    application,
    dueBefore,
    limit,
  }: { application?: string | undefined; dueBefore?: string | undefined; limit: number },
): ActionItemRow[] {
  return db
    .select()
    .from(actionItems)
    .where(
      and(
        eq(actionItems.status, "open"),
        application === undefined ? undefined : eq(actionItems.application, application),
        dueBefore === undefined ? undefined : lt(actionItems.dueOn, dueBefore),
      ),
    )
    .orderBy(sql`${actionItems.dueOn} IS NULL`, asc(actionItems.dueOn), asc(actionItems.id))
    .limit(limit)
    .all();
}

export function addActionItem(tx: ControlTx, row: ActionItemRow): void {
  tx.insert(actionItems).values(row).run();
}

/** Writes the change and raises the revision; the caller has compared the revision under the write lock. */
export function writeActionItem(
  tx: ControlTx,
  { item, change }: { item: ActionItemRow; change: Partial<Omit<ActionItemRow, "id" | "incidentId" | "revision">> },
): ActionItemRow {
  const changed = { ...item, ...change, revision: item.revision + 1 };
  tx.update(actionItems).set(changed).where(eq(actionItems.id, item.id)).run();
  return changed;
}
