/** Leases make work a singleton across processes: one holder until its time is over or it lets go. */
import { and, eq, sql } from "drizzle-orm";
import { leases } from "@/db/control/schema/delivery";
import type { ControlReader } from "./database";

export interface LeaseRequest {
  name: string;
  /** Unique per process. */
  holder: string;
  nowMs: number;
  ttlMs: number;
}

/** Takes or renews the lease in one statement. False while another holder's lease has not expired. */
export function acquireLease(db: ControlReader, { name, holder, nowMs, ttlMs }: LeaseRequest): boolean {
  const expiresAtMs = nowMs + ttlMs;
  const written = db
    .insert(leases)
    .values({ name, holder, expiresAtMs })
    .onConflictDoUpdate({
      target: leases.name,
      set: { holder, expiresAtMs },
      setWhere: sql`${leases.holder} = ${holder} OR ${leases.expiresAtMs} <= ${nowMs}`,
    })
    .run();
  return written.changes === 1;
}

/** Notes a round of the holder's work, for monitoring. */
export function noteRound(
  db: ControlReader,
  { name, holder, durationMs }: { name: string; holder: string; durationMs: number },
): void {
  db.update(leases)
    .set({ rounds: sql`${leases.rounds} + 1`, workedMs: sql`${leases.workedMs} + ${Math.round(durationMs)}` })
    .where(and(eq(leases.name, name), eq(leases.holder, holder)))
    .run();
}

/** Gives the lease back, if it is still this holder's. */
export function releaseLease(db: ControlReader, { name, holder }: { name: string; holder: string }): void {
  db.delete(leases)
    .where(and(eq(leases.name, name), eq(leases.holder, holder)))
    .run();
}
