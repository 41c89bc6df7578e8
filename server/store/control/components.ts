/** Component versions that registries were seen to hold, or that pipelines registered. */
import { and, asc, eq } from "drizzle-orm";
import { knownComponents } from "@/db/control/schema/component";
import type { ControlReader, ControlTx } from "./database";

export type KnownComponentRow = typeof knownComponents.$inferSelect;

/** The `registry` of what was registered here: unlike another registry's, its list of versions need not be whole. */
export const OWN_REGISTRY = "switchback";

/** Names one version of a component of an application. */
export type ComponentKey = Pick<KnownComponentRow, "application" | "kind" | "name" | "version">;

export function findKnownComponent(db: ControlReader, key: ComponentKey): KnownComponentRow | undefined {
  return listKnownVersions(db, key).find(({ version }) => version === key.version);
}

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
