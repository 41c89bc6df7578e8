/** Policy versions: the same document again is the same version; nothing is ever changed. */
import { and, asc, desc, eq } from "drizzle-orm";
import { policies } from "@/db/control/schema/rollout";
import type { ControlReader, ControlTx } from "./database";

export type PolicyRow = typeof policies.$inferSelect;

/** A given version, or the newest. */
export function findPolicy(
  db: ControlReader,
  { name, version }: { name: string; version?: number },
): PolicyRow | undefined {
  return db
    .select()
    .from(policies)
    .where(and(eq(policies.name, name), version === undefined ? undefined : eq(policies.version, version)))
    .orderBy(desc(policies.version))
    .limit(1)
    .get();
}

export function findPolicyByDigest(
  db: ControlReader,
  { name, digest }: { name: string; digest: string },
): PolicyRow | undefined {
  return db
    .select()
    .from(policies)
    .where(and(eq(policies.name, name), eq(policies.digest, digest)))
    .get();
}

/** All versions by name, oldest first; tens. */
export function listPolicies(db: ControlReader): PolicyRow[] {
  return db.select().from(policies).orderBy(asc(policies.name), asc(policies.version)).all();
}

export function addPolicy(tx: ControlTx, row: PolicyRow): void {
  tx.insert(policies).values(row).run();
}
