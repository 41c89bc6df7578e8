/** Feature-transformation fingerprints as each side reports them; a row per change. */
import { and, desc, eq, lte } from "drizzle-orm";
import { featureFingerprints } from "@/db/control/schema/registry";
import type { ControlReader, ControlTx } from "./database";

export type FingerprintRow = typeof featureFingerprints.$inferSelect;

/** Names one side of one feature view. */
export interface FingerprintKey {
  application: string;
  view: string;
  side: "offline" | "online";
}

/** The newest report of a side, or the newest not after `atMs`. */
export function findFingerprint(
  db: ControlReader,
  { application, view, side, atMs }: FingerprintKey & { atMs?: number },
): FingerprintRow | undefined {
  return db
    .select()
    .from(featureFingerprints)
    .where(
      and(
        eq(featureFingerprints.application, application),
        eq(featureFingerprints.view, view),
        eq(featureFingerprints.side, side),
        atMs === undefined ? undefined : lte(featureFingerprints.atMs, atMs),
      ),
    )
    .orderBy(desc(featureFingerprints.atMs), desc(featureFingerprints.id))
    .limit(1)
    .get();
}

export function addFingerprint(tx: ControlTx, row: Omit<FingerprintRow, "id">): void {
  tx.insert(featureFingerprints).values(row).run();
}
