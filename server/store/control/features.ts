/** Feature-transformation fingerprints as each side reports them; a row per change. */
import { and, asc, desc, eq, lte } from "drizzle-orm";
import { featureSets, featureSetValues, featureViews } from "@/db/control/schema/feature";
import { featureFingerprints } from "@/db/control/schema/registry";
import type { ControlReader, ControlTx } from "./database";

export type FingerprintRow = typeof featureFingerprints.$inferSelect;
export type FeatureViewRow = typeof featureViews.$inferSelect;
export type FeatureSetRow = typeof featureSets.$inferSelect;
export type FeatureSetValueRow = typeof featureSetValues.$inferSelect;

/** Names one feature view of one application. */
export interface FeatureViewKey {
  application: string;
  view: string;
}

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

/** The first report of a fingerprint by a side. */
export function findFirstReport(
  db: ControlReader,
  { application, view, side, fingerprint }: FingerprintKey & { fingerprint: string },
): FingerprintRow | undefined {
  return db
    .select()
    .from(featureFingerprints)
    .where(
      and(
        eq(featureFingerprints.application, application),
        eq(featureFingerprints.view, view),
        eq(featureFingerprints.side, side),
        eq(featureFingerprints.fingerprint, fingerprint),
      ),
    )
    .orderBy(asc(featureFingerprints.atMs), asc(featureFingerprints.id))
    .limit(1)
    .get();
}

export function addFingerprint(tx: ControlTx, row: Omit<FingerprintRow, "id">): void {
  tx.insert(featureFingerprints).values(row).run();
}

/** Every reported change of an application's fingerprints, oldest first; of one view when given. */
export function listFingerprints(
  db: ControlReader,
  { application, view }: { application: string; view?: string },
): FingerprintRow[] {
  return db
    .select()
    .from(featureFingerprints)
    .where(
      and(
        eq(featureFingerprints.application, application),
        view === undefined ? undefined : eq(featureFingerprints.view, view),
      ),
    )
    .orderBy(asc(featureFingerprints.atMs), asc(featureFingerprints.id))
    .all();
}

/** The newest registration of a view. */
export function findFeatureView(db: ControlReader, { application, view }: FeatureViewKey): FeatureViewRow | undefined {
  return db
    .select()
    .from(featureViews)
    .where(and(eq(featureViews.application, application), eq(featureViews.view, view)))
    .orderBy(desc(featureViews.id))
    .limit(1)
    .get();
}

/** The newest registration of each of an application's views, by name; tens. */
export function listFeatureViews(db: ControlReader, application: string): FeatureViewRow[] {
  const rows = db
    .select()
    .from(featureViews)
    .where(eq(featureViews.application, application))
    .orderBy(asc(featureViews.id))
    .all();
  return [...new Map(rows.map((row) => [row.view, row])).values()].toSorted((a, b) => (a.view < b.view ? -1 : 1));
}

export function addFeatureView(tx: ControlTx, row: Omit<FeatureViewRow, "id">): void {
  tx.insert(featureViews).values(row).run();
}

/** The newest uploaded evaluation set of a view. */
export function findFeatureSet(db: ControlReader, { application, view }: FeatureViewKey): FeatureSetRow | undefined {
  return db
    .select()
    .from(featureSets)
    .where(and(eq(featureSets.application, application), eq(featureSets.view, view)))
    .orderBy(desc(featureSets.id))
    .limit(1)
    .get();
}

/** Views of an application for which a set was uploaded. */
export function listViewsWithSets(db: ControlReader, application: string): string[] {
  return db
    .selectDistinct({ view: featureSets.view })
    .from(featureSets)
    .where(eq(featureSets.application, application))
    .all()
    .map(({ view }) => view);
}

/** Seven columns each; SQLite binds at most 32,766 parameters. */
const VALUES_PER_INSERT = 500;

/** Adds a set with its values, and returns its id. */
export function addFeatureSet(
  tx: ControlTx,
  row: Omit<FeatureSetRow, "id">,
  values: readonly Omit<FeatureSetValueRow, "setId">[],
): number {
  const setId = Number(tx.insert(featureSets).values(row).run().lastInsertRowid);
  for (let from = 0; from < values.length; from += VALUES_PER_INSERT) {
    const part = values.slice(from, from + VALUES_PER_INSERT).map((value) => ({ ...value, setId }));
    tx.insert(featureSetValues).values(part).run();
  }
  return setId;
}

/** An entity's values of one feature in a set, oldest first. */
export function listSetValues(
  db: ControlReader,
  { setId, entity, feature }: { setId: number; entity: string; feature: string },
): FeatureSetValueRow[] {
  return db
    .select()
    .from(featureSetValues)
    .where(
      and(
        eq(featureSetValues.setId, setId),
        eq(featureSetValues.entity, entity),
        eq(featureSetValues.feature, feature),
      ),
    )
    .orderBy(asc(featureSetValues.valueMs), asc(featureSetValues.row))
    .all();
}
