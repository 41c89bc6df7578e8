/** API tokens. Only a token's SHA-256 is kept; the token itself is shown once, at creation. */
import { and, desc, eq, isNull, lte, or } from "drizzle-orm";
import { tokens } from "@/db/control/schema/delivery";
import type { ControlReader, ControlTx } from "./database";

export type TokenRow = typeof tokens.$inferSelect;

export function addToken(tx: ControlTx, row: TokenRow): void {
  tx.insert(tokens).values(row).run();
}

export function findToken(db: ControlReader, id: string): TokenRow | undefined {
  return db.select().from(tokens).where(eq(tokens.id, id)).get();
}

export function findTokenByHash(db: ControlReader, hash: string): TokenRow | undefined {
  return db.select().from(tokens).where(eq(tokens.hash, hash)).get();
}

/** Newest first; revoked ones included. */
export function listTokens(db: ControlReader): TokenRow[] {
  return db.select().from(tokens).orderBy(desc(tokens.createdAtMs), desc(tokens.id)).all();
}

/** Notes that the token was used, unless that was already noted after `notedSinceMs`. */
export function touchToken(
  db: ControlReader,
  { id, nowMs, notedSinceMs }: { id: string; nowMs: number; notedSinceMs: number },
): void {
  db.update(tokens)
    .set({ lastUsedAtMs: nowMs })
    .where(and(eq(tokens.id, id), or(isNull(tokens.lastUsedAtMs), lte(tokens.lastUsedAtMs, notedSinceMs))))
    .run();
}

/** False when it was revoked before. */
export function writeTokenRevoked(tx: ControlTx, { id, nowMs }: { id: string; nowMs: number }): boolean {
  const written = tx
    .update(tokens)
    .set({ revokedAtMs: nowMs })
    .where(and(eq(tokens.id, id), isNull(tokens.revokedAtMs)))
    .run();
  return written.changes === 1;
}
