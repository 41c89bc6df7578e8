/**
 * Outside effects of committed changes: written by verbs in their transaction, delivered by the controller at least
 * once and in order per target. A row is never lost: it stays until it is marked delivered, also when nobody tries any
 * more.
 */
import { and, asc, count, desc, eq, isNotNull, isNull, lte, min, sql } from "drizzle-orm";
import { outbox } from "@/db/control/schema/delivery";
import type { ControlReader, ControlTx } from "./database";

export type OutboxRow = typeof outbox.$inferSelect;

/** `git:`, `notify:`, `registry:` and `witness:` an application; `route:ntr_…` for what goes to one route. */
export type OutboxTarget = `${"git" | "notify" | "registry" | "route" | "witness"}:${string}`;

const isWaiting = and(isNull(outbox.deliveredAtMs), isNull(outbox.gaveUpAtMs));

/** Adds an effect, due at once, and returns its id. */
export function enqueue(
  tx: ControlTx,
  row: { target: OutboxTarget; kind: string; payload: unknown; nowMs: number },
): number {
  const { nowMs, ...columns } = row;
  const written = tx
    .insert(outbox)
    .values({ ...columns, createdAtMs: nowMs, nextAttemptAtMs: nowMs })
    .run();
  return Number(written.lastInsertRowid);
}

/**
 * The oldest undelivered row of each target, when it is due: one that failed and waits for its retry holds back the
 * rows behind it, so that effects of one target stay in order and no target delays another.
 */
export function listDueOutbox(db: ControlReader, nowMs: number): OutboxRow[] {
  const heads = db
    .select({ id: min(outbox.id).as("head") })
    .from(outbox)
    .where(isWaiting)
    .groupBy(outbox.target)
    .as("heads");
  return db
    .select({ row: outbox })
    .from(outbox)
    .innerJoin(heads, eq(outbox.id, heads.id))
    .where(lte(outbox.nextAttemptAtMs, nowMs))
    .orderBy(asc(outbox.id))
    .all()
    .map(({ row }) => row);
}

export function markDelivered(tx: ControlReader, { id, nowMs }: { id: number; nowMs: number }): void {
  tx.update(outbox)
    .set({ deliveredAtMs: nowMs, lastError: null, attempts: sql`${outbox.attempts} + 1` })
    .where(eq(outbox.id, id))
    .run();
}

export function markFailed(
  tx: ControlReader,
  { id, error, nextAttemptAtMs }: { id: number; error: string; nextAttemptAtMs: number },
): void {
  tx.update(outbox)
    .set({ lastError: error, nextAttemptAtMs, attempts: sql`${outbox.attempts} + 1` })
    .where(eq(outbox.id, id))
    .run();
}

/** Ends the attempts: the row stays, with why, and lets the rows behind it pass. */
export function markGivenUp(
  tx: ControlReader,
  { id, error, nowMs }: { id: number; error: string; nowMs: number },
): void {
  tx.update(outbox)
    .set({ lastError: error, gaveUpAtMs: nowMs, attempts: sql`${outbox.attempts} + 1` })
    .where(eq(outbox.id, id))
    .run();
}

/** Effects that were given up, newest first: a person must see to them. */
export function listGivenUp(db: ControlReader, { target, limit }: { target?: string; limit: number }): OutboxRow[] {
  return db
    .select()
    .from(outbox)
    .where(and(isNotNull(outbox.gaveUpAtMs), target === undefined ? undefined : eq(outbox.target, target)))
    .orderBy(desc(outbox.id))
    .limit(limit)
    .all();
}

/** Effects that wait, per target, with the newest error of the head row. */
export function listPendingTargets(
  db: ControlReader,
): { target: string; waiting: number; oldestAtMs: number | null; lastError: string | null }[] {
  return db
    .select({
      target: outbox.target,
      waiting: count(),
      oldestAtMs: min(outbox.createdAtMs),
      lastError: sql<string | null>`max(${outbox.lastError})`,
    })
    .from(outbox)
    .where(isWaiting)
    .groupBy(outbox.target)
    .orderBy(asc(outbox.target))
    .all();
}

/** Rows of one target, newest first: the visible state of delivery. */
export function listOutbox(db: ControlReader, { target, limit }: { target: string; limit: number }): OutboxRow[] {
  return db.select().from(outbox).where(eq(outbox.target, target)).orderBy(desc(outbox.id)).limit(limit).all();
}

/** Drops what was delivered before `beforeMs`; returns how many rows. */
export function pruneOutbox(tx: ControlReader, beforeMs: number): number {
  return tx.delete(outbox).where(lte(outbox.deliveredAtMs, beforeMs)).run().changes;
}
