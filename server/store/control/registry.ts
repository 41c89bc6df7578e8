/** Which registry aliases follow ours, and what was written to and seen in the registry. */
import { and, asc, desc, eq } from "drizzle-orm";
import { registryLinks, registryMoves } from "@/db/control/schema/component";
import type { ControlReader, ControlTx } from "./database";

export type RegistryLinkRow = typeof registryLinks.$inferSelect;
export type RegistryMoveRow = typeof registryMoves.$inferSelect;

/** Links of one application, or of all. */
export function listRegistryLinks(db: ControlReader, application?: string): RegistryLinkRow[] {
  return db
    .select()
    .from(registryLinks)
    .where(application === undefined ? undefined : eq(registryLinks.application, application))
    .orderBy(asc(registryLinks.id))
    .all();
}

export function findRegistryLink(
  db: ControlReader,
  { application, alias, kind }: Pick<RegistryLinkRow, "application" | "alias" | "kind">,
): RegistryLinkRow | undefined {
  return db
    .select()
    .from(registryLinks)
    .where(
      and(eq(registryLinks.application, application), eq(registryLinks.alias, alias), eq(registryLinks.kind, kind)),
    )
    .get();
}

/** Adds a link, or points an existing one at another registry alias. */
export function putRegistryLinkRow(tx: ControlTx, row: Omit<RegistryLinkRow, "id">): void {
  const { model, registryAlias, ...key } = row;
  tx.insert(registryLinks)
    .values({ ...key, model, registryAlias })
    .onConflictDoUpdate({
      target: [registryLinks.application, registryLinks.alias, registryLinks.kind],
      set: { model, registryAlias },
    })
    .run();
}

export function addRegistryMove(tx: ControlTx, row: Omit<RegistryMoveRow, "id">): void {
  tx.insert(registryMoves).values(row).run();
}

/** Newest first. */
export function listRegistryMoves(
  db: ControlReader,
  { linkId, limit }: { linkId: number; limit: number },
): RegistryMoveRow[] {
  return db
    .select()
    .from(registryMoves)
    .where(eq(registryMoves.linkId, linkId))
    .orderBy(desc(registryMoves.id))
    .limit(limit)
    .all();
}
