/** Component versions that registries were seen to hold. */
import { and, asc, eq } from "drizzle-orm";
import { knownComponents } from "@/db/control/schema/component";
import type { ControlReader, ControlTx } from "./database";

export type KnownComponentRow = typeof knownComponents.$inferSelect;

/** Versions of one component in the order in which they were seen; none where no registry knows the name. */
export function listKnownVersions(
  db: ControlReader,
  { application, kind, name }: { application: string; kind: string; name: string },
): KnownComponentRow[] {
  return db
    .select()
    .from(knownComponents)
    .where(
      and(eq(knownComponents.application, application), eq(knownComponents.kind, kind), eq(knownComponents.name, name)),
    )
    .orderBy(asc(knownComponents.seenAtMs), asc(knownComponents.version))
    .all();
}

/** Adds a version once; says whether it was new. */
export function addKnownComponent(tx: ControlTx, row: KnownComponentRow): boolean {
  return tx.insert(knownComponents).values(row).onConflictDoNothing().run().changes === 1;
}
