/** Aliases, their ledger, and the marks that rollbacks leave on releases. The pointer moves only with a ledger row. */
import { and, asc, desc, eq, gt, gte, lte } from "drizzle-orm";
import { aliasMoves, aliases, releaseMarks } from "@/db/control/schema/alias";
import type { AliasMoveCause } from "@/server/domain/vocabulary";
import { numberCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page, StoredActor } from "./database";
import { actorColumns, pageOf } from "./database";

export type AliasRow = typeof aliases.$inferSelect;
export type AliasMoveRow = typeof aliasMoves.$inferSelect;
export type ReleaseMarkRow = typeof releaseMarks.$inferSelect;

/** Names one alias of one application. */
export interface AliasKey {
  application: string;
  alias: string;
}

const isAlias = (key: AliasKey) => and(eq(aliases.application, key.application), eq(aliases.alias, key.alias));
const isMoveOf = (key: AliasKey) => and(eq(aliasMoves.application, key.application), eq(aliasMoves.alias, key.alias));

export function findAlias(db: ControlReader, key: AliasKey): AliasRow | undefined {
  return db.select().from(aliases).where(isAlias(key)).get();
}

/** Aliases of one application, or of all. */
export function listAliases(db: ControlReader, application?: string): AliasRow[] {
  return db
    .select()
    .from(aliases)
    .where(application === undefined ? undefined : eq(aliases.application, application))
    .orderBy(asc(aliases.application), asc(aliases.alias))
    .all();
}

/** A move to be written: the row of the ledger without what the store itself fills in. */
export interface NewAliasMove extends AliasKey {
  /** What served until now, for the ledger: null for the first move. */
  fromReleaseId: string | null;
  toReleaseId: string;
  atMs: number;
  actor: StoredActor;
  cause: AliasMoveCause;
  reason: string;
  rolloutId: string | null;
  incidentId: string | null;
  auditSeq: number;
  /** The revision that was read, 0 when the alias did not exist: compare-and-set. */
  expectedRevision: number;
}

/**
 * Points the alias at `toReleaseId` and adds the ledger row, both or neither.
 *
 * @returns the new revision, or undefined when somebody else moved the alias since `expectedRevision` was read.
 */
export function moveAliasRow(tx: ControlTx, move: NewAliasMove): number | undefined {
  const revision = move.expectedRevision + 1;
  const pointer = { releaseId: move.toReleaseId, revision, changedAtMs: move.atMs, cause: move.cause };
  const key = { application: move.application, alias: move.alias };
  const written =
    move.expectedRevision === 0
      ? tx
          .insert(aliases)
          .values({ ...key, ...pointer })
          .onConflictDoNothing()
          .run()
      : tx
          .update(aliases)
          .set(pointer)
          .where(and(isAlias(key), eq(aliases.revision, move.expectedRevision)))
          .run();
  if (written.changes !== 1) return undefined;
  const { actor, expectedRevision: _, ...row } = move;
  tx.insert(aliasMoves)
    .values({ ...row, revision, ...actorColumns(actor) })
    .run();
  return revision;
}

/** The ledger, newest first. The cursor is the last shown row's id. */
export function listAliasMoves(
  db: ControlReader,
  { application, alias, limit, cursor }: { application: string; alias?: string; limit: number; cursor?: string },
): Page<AliasMoveRow> {
  const rows = db
    .select()
    .from(aliasMoves)
    .where(
      and(
        eq(aliasMoves.application, application),
        alias === undefined ? undefined : eq(aliasMoves.alias, alias),
        cursor === undefined ? undefined : lte(aliasMoves.id, numberCursor(cursor) - 1),
      ),
    )
    .orderBy(desc(aliasMoves.id))
    .limit(limit + 1)
    .all();
  return pageOf(rows, { limit, keyOf: (row) => String(row.id) });
}

/** Moves of all aliases since an instant, oldest first. */
export function listMovesSince(
  db: ControlReader,
  { application, sinceMs }: { application: string; sinceMs: number },
): AliasMoveRow[] {
  return db
    .select()
    .from(aliasMoves)
    .where(and(eq(aliasMoves.application, application), gte(aliasMoves.atMs, sinceMs)))
    .orderBy(asc(aliasMoves.id))
    .all();
}

/** The whole ledger of one alias, oldest first: what known good is computed from. */
export function listMovesOfAlias(db: ControlReader, key: AliasKey): AliasMoveRow[] {
  return db.select().from(aliasMoves).where(isMoveOf(key)).orderBy(asc(aliasMoves.revision)).all();
}

/** Moves of any alias after a ledger id, in order: what streams send to those who reconnect. */
export function listMovesAfter(
  db: ControlReader,
  { afterId, limit }: { afterId: number; limit: number },
): AliasMoveRow[] {
  return db.select().from(aliasMoves).where(gt(aliasMoves.id, afterId)).orderBy(asc(aliasMoves.id)).limit(limit).all();
}

export function findNewestMove(db: ControlReader, key: AliasKey): AliasMoveRow | undefined {
  return db.select().from(aliasMoves).where(isMoveOf(key)).orderBy(desc(aliasMoves.revision)).limit(1).get();
}

/** Moves of any alias to a release, oldest first. */
export function listMovesToRelease(
  db: ControlReader,
  { application, releaseId }: { application: string; releaseId: string },
): AliasMoveRow[] {
  return db
    .select()
    .from(aliasMoves)
    .where(and(eq(aliasMoves.application, application), eq(aliasMoves.toReleaseId, releaseId)))
    .orderBy(asc(aliasMoves.id))
    .all();
}

/** The move that made a revision. */
export function findMoveOfRevision(db: ControlReader, key: AliasKey & { revision: number }): AliasMoveRow | undefined {
  return db
    .select()
    .from(aliasMoves)
    .where(and(isMoveOf(key), eq(aliasMoves.revision, key.revision)))
    .get();
}

/** The move that was in force at a time: "what was production at 14:03?". */
export function findMoveAt(db: ControlReader, key: AliasKey & { atMs: number }): AliasMoveRow | undefined {
  return db
    .select()
    .from(aliasMoves)
    .where(and(isMoveOf(key), lte(aliasMoves.atMs, key.atMs)))
    .orderBy(desc(aliasMoves.atMs), desc(aliasMoves.revision))
    .limit(1)
    .get();
}

export function addReleaseMark(tx: ControlTx, row: Omit<ReleaseMarkRow, "id">): void {
  tx.insert(releaseMarks).values(row).run();
}

/** Marks of an application's releases, or of one, oldest first: the newest of a release on an alias holds. */
export function listReleaseMarks(
  db: ControlReader,
  { application, alias, releaseId }: { application: string; alias?: string; releaseId?: string },
): ReleaseMarkRow[] {
  return db
    .select()
    .from(releaseMarks)
    .where(
      and(
        eq(releaseMarks.application, application),
        alias === undefined ? undefined : eq(releaseMarks.alias, alias),
        releaseId === undefined ? undefined : eq(releaseMarks.releaseId, releaseId),
      ),
    )
    .orderBy(asc(releaseMarks.id))
    .all();
}

/** The newest mark of a release on an alias when it is `bad`; undefined when it never was or was cleared since. */
export function findBadMark(db: ControlReader, key: AliasKey & { releaseId: string }): ReleaseMarkRow | undefined {
  const newest = listReleaseMarks(db, key).at(-1);
  return newest?.mark === "bad" ? newest : undefined;
}
