/** Answers kept by `Idempotency-Key`, so that a repeated write is answered and not done again. */
import { and, eq, lt } from "drizzle-orm";
import { idempotencyKeys } from "@/db/control/schema/delivery";
import type { ControlReader, ControlTx } from "./database";

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

export function findIdempotencyKey(
  db: ControlReader,
  { actorId, key }: { actorId: string; key: string },
): IdempotencyRow | undefined {
  return db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.actorId, actorId), eq(idempotencyKeys.key, key)))
    .get();
}

export function addIdempotencyKey(tx: ControlTx, row: IdempotencyRow): void {
  tx.insert(idempotencyKeys).values(row).run();
}

/** Forgets keys from before `beforeMs`; returns how many. */
export function pruneIdempotencyKeys(tx: ControlReader, beforeMs: number): number {
  return tx.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAtMs, beforeMs)).run().changes;
}
