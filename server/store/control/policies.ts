/**
 * Policy versions and what became of each. The same document again is the same version; nothing is ever changed: which
 * version is in force follows from the rows of `policy_changes`.
 */
import { and, asc, desc, eq, inArray, max } from "drizzle-orm";
import { policies, policyChanges } from "@/db/control/schema/rollout";
import type { ControlReader, ControlTx, StoredActor } from "./database";
import { actorColumns } from "./database";

export type PolicyRow = typeof policies.$inferSelect;
export type PolicyChangeRow = typeof policyChanges.$inferSelect;

/** A given version, or the one in force: what a rollout that names no version takes. */
export function findPolicy(
  db: ControlReader,
  { name, version = versionInForce(db, name) }: { name: string; version?: number | undefined },
): PolicyRow | undefined {
  if (version === undefined) return undefined;
  return db
    .select()
    .from(policies)
    .where(and(eq(policies.name, name), eq(policies.version, version)))
    .get();
}

/** The version in force; undefined for an unknown policy. */
export function versionInForce(db: ControlReader, name: string): number | undefined {
  return db
    .select({ version: policyChanges.version })
    .from(policyChanges)
    .where(and(eq(policyChanges.name, name), inArray(policyChanges.kind, ["in_force", "approved"])))
    .orderBy(desc(policyChanges.id))
    .limit(1)
    .get()?.version;
}

/** The proposal that waits for somebody, if one does: whatever is put after it takes its place. */
export function findProposal(db: ControlReader, name: string): PolicyChangeRow | undefined {
  const newest = db
    .select()
    .from(policyChanges)
    .where(eq(policyChanges.name, name))
    .orderBy(desc(policyChanges.id))
    .limit(1)
    .get();
  return newest?.kind === "proposed" ? newest : undefined;
}

/** Every proposal that waits, oldest first. */
export function listProposals(db: ControlReader): PolicyChangeRow[] {
  const newest = db
    .select({ id: max(policyChanges.id) })
    .from(policyChanges)
    .groupBy(policyChanges.name);
  return db
    .select()
    .from(policyChanges)
    .where(and(inArray(policyChanges.id, newest), eq(policyChanges.kind, "proposed")))
    .orderBy(asc(policyChanges.id))
    .all();
}

/** What became of a policy's versions, oldest first; tens. */
export function listPolicyChanges(db: ControlReader, name?: string): PolicyChangeRow[] {
  return db
    .select()
    .from(policyChanges)
    .where(name === undefined ? undefined : eq(policyChanges.name, name))
    .orderBy(asc(policyChanges.id))
    .all();
}

/** The highest version number so far; 0 for an unknown policy. */
export function newestVersion(db: ControlReader, name: string): number {
  return (
    db
      .select({ version: policies.version })
      .from(policies)
      .where(eq(policies.name, name))
      .orderBy(desc(policies.version))
      .limit(1)
      .get()?.version ?? 0
  );
}

export function addPolicyChange(
  tx: ControlTx,
  row: Omit<PolicyChangeRow, "id" | "actorKind" | "actorId" | "actorName"> & { actor: StoredActor },
): void {
  const { actor, ...columns } = row;
  tx.insert(policyChanges)
    .values({ ...columns, ...actorColumns(actor) })
    .run();
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
