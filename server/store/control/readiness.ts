/** What a readiness probe asks of the control database. */
import { and, eq, gt } from "drizzle-orm";
import { leases } from "@/db/control/schema/delivery";
import type { ControlReader } from "./database";

/** True while somebody holds the lease: a stale one means that its work is not being done. */
export function isLeaseHeld(db: ControlReader, { name, nowMs }: { name: string; nowMs: number }): boolean {
  const row = db
    .select({ name: leases.name })
    .from(leases)
    .where(and(eq(leases.name, name), gt(leases.expiresAtMs, nowMs)))
    .get();
  return row !== undefined;
}
