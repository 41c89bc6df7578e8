/** Signed-in browsers: rows of the sign-in library's table, read without the token that is the key to them. */
import { and, desc, eq, gt, ne } from "drizzle-orm";
import { sessions } from "@/db/control/schema/auth";
import type { ControlReader, ControlTx } from "./database";

export interface SessionRow {
  id: string;
  signedInAtMs: number;
  /** Known to within a few minutes. */
  lastUsedAtMs: number;
  expiresAtMs: number;
  ipAddress: string | null;
  userAgent: string | null;
}

/** A person's sessions that still hold, the last used first. */
export function listSessions(db: ControlReader, { userId, nowMs }: { userId: string; nowMs: number }): SessionRow[] {
  return db
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, new Date(nowMs))))
    .orderBy(desc(sessions.updatedAt), desc(sessions.createdAt))
    .all()
    .map(({ id, createdAt, updatedAt, expiresAt, ipAddress, userAgent }) => ({
      id,
      signedInAtMs: createdAt.getTime(),
      lastUsedAtMs: updatedAt.getTime(),
      expiresAtMs: expiresAt.getTime(),
      ipAddress,
      userAgent,
    }));
}

/** Ends one session of a person; false when the person has no such session. */
export function deleteSession(tx: ControlTx, { userId, id }: { userId: string; id: string }): boolean {
  return (
    tx
      .delete(sessions)
      .where(and(eq(sessions.userId, userId), eq(sessions.id, id)))
      .run().changes === 1
  );
}

/** Ends every session of a person, or all but one; returns how many there were. */
export function deleteSessionsOf(tx: ControlTx, userId: string, exceptId?: string): number {
  const others = exceptId === undefined ? undefined : ne(sessions.id, exceptId);
  return tx
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), others))
    .run().changes;
}
