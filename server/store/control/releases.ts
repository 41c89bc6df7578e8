/** Releases, their components, provenance and golden-set results. Rows are only ever added. */
import { and, asc, desc, eq, gte, inArray, lt, or, sql } from "drizzle-orm";
import { evaluationResults, provenance, releaseComponents, releases } from "@/db/control/schema/registry";
import { afterCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page } from "./database";
import { pageOf } from "./database";
import { oncePerConnection } from "./once-per-connection";

export type ReleaseRow = typeof releases.$inferSelect;
export type ProvenanceRow = typeof provenance.$inferSelect;
export type EvaluationResultRow = typeof evaluationResults.$inferSelect;

/** Names one release: ids are unique within an application. */
export interface ReleaseKey {
  application: string;
  releaseId: string;
}

/** Asked with nearly everything that reads the control database. */
const findQuery = oncePerConnection((db: ControlReader) =>
  db
    .select()
    .from(releases)
    .where(and(eq(releases.application, sql.placeholder("application")), eq(releases.id, sql.placeholder("releaseId"))))
    .prepare(),
);

export function findRelease(db: ControlReader, { application, releaseId }: ReleaseKey): ReleaseRow | undefined {
  return findQuery(db).get({ application, releaseId });
}

/** The release in every application that registered it; the same map may serve several. */
export function findReleaseAnywhere(db: ControlReader, releaseId: string): ReleaseRow[] {
  return db.select().from(releases).where(eq(releases.id, releaseId)).orderBy(asc(releases.application)).all();
}

/** Newest first. The cursor is `createdAtMs.id` of the last row shown. */
export function listReleases(
  db: ControlReader,
  { application, limit, cursor, search }: { application?: string; limit: number; cursor?: string; search?: string },
): Page<ReleaseRow> {
  const rows = db
    .select()
    .from(releases)
    .where(
      and(
        application === undefined ? undefined : eq(releases.application, application),
        afterCursor({ at: releases.createdAtMs, id: releases.id }, cursor),
        search === undefined ? undefined : isFound(search),
      ),
    )
    .orderBy(desc(releases.createdAtMs), desc(releases.id))
    .limit(limit + 1)
    .all();
  return pageOf(rows, { limit, keyOf: (row) => `${row.createdAtMs}.${row.id}` });
}

/** The start of the id or of a commit, or any part of an author, a label or a component, in any case. */
function isFound(search: string) {
  const text = search.toLowerCase();
  const inProvenance = sql`EXISTS (SELECT 1 FROM ${provenance} WHERE ${provenance.application} = ${releases.application}
    AND ${provenance.releaseId} = ${releases.id} AND (instr(lower(${provenance.gitCommit}), ${text}) = 1
      OR instr(lower(${provenance.author}), ${text}) > 0 OR EXISTS (SELECT 1 FROM json_each(${provenance.labels}) label
        WHERE instr(lower(label.key || '=' || label.value), ${text}) > 0)))`;
  const inComponents = sql`EXISTS (SELECT 1 FROM json_each(${releases.components}) component
    WHERE instr(lower(component.value), ${text}) > 0)`;
  return or(sql`instr(${releases.id}, ${text}) = 1`, inProvenance, inComponents);
}

/**
 * Releases that contain `name@version`, whatever digest they carry, or exactly `name@version#digest`, in any slot; newest
 * first, at most `limit`.
 */
export function listReleasesWithComponent(
  db: ControlReader,
  { reference, application, limit }: { reference: string; application?: string; limit: number },
): (ReleaseRow & { kind: string })[] {
  return db
    .select({ release: releases, kind: releaseComponents.kind })
    .from(releaseComponents)
    .innerJoin(
      releases,
      and(eq(releases.application, releaseComponents.application), eq(releases.id, releaseComponents.releaseId)),
    )
    .where(
      and(
        isReference(reference),
        application === undefined ? undefined : eq(releaseComponents.application, application),
      ),
    )
    .orderBy(desc(releases.createdAtMs))
    .limit(limit)
    .all()
    .map(({ release, kind }) => ({ ...release, kind }));
}

/** Releases of an application that contain any version of a component, newest first, at most `limit`. */
export function listReleasesWithName(
  db: ControlReader,
  { application, kind, name, limit }: { application: string; kind: string; name: string; limit: number },
): (ReleaseRow & { kind: string; reference: string })[] {
  return db
    .select({ release: releases, kind: releaseComponents.kind, reference: releaseComponents.reference })
    .from(releaseComponents)
    .innerJoin(
      releases,
      and(eq(releases.application, releaseComponents.application), eq(releases.id, releaseComponents.releaseId)),
    )
    .where(
      and(
        eq(releaseComponents.application, application),
        // `A` follows `@`, and `0` follows `/`.
        gte(releaseComponents.reference, `${name}@`),
        lt(releaseComponents.reference, `${name}A`),
        or(
          eq(releaseComponents.kind, kind),
          and(gte(releaseComponents.kind, `${kind}/`), lt(releaseComponents.kind, `${kind}0`)),
        ),
      ),
    )
    .orderBy(desc(releases.createdAtMs))
    .limit(limit)
    .all()
    .map(({ release, ...row }) => ({ ...release, ...row }));
}

/** Adds a release and its component rows. The caller has made sure that the id is free. */
export function addRelease(tx: ControlTx, row: ReleaseRow): void {
  tx.insert(releases).values(row).run();
  const components = Object.entries(row.components).map(([kind, reference]) => ({
    application: row.application,
    releaseId: row.id,
    kind,
    reference,
  }));
  tx.insert(releaseComponents).values(components).run();
}

export function addProvenance(tx: ControlTx, row: Omit<ProvenanceRow, "id">): void {
  tx.insert(provenance).values(row).run();
}

/** Every registration of a release, oldest first. */
export function listProvenance(db: ControlReader, key: ReleaseKey): ProvenanceRow[] {
  return db
    .select()
    .from(provenance)
    .where(and(eq(provenance.application, key.application), eq(provenance.releaseId, key.releaseId)))
    .orderBy(asc(provenance.id))
    .all();
}

/** Registrations of several releases of one application, oldest first. */
export function listProvenanceOf(
  db: ControlReader,
  { application, releaseIds }: { application: string; releaseIds: readonly string[] },
): ProvenanceRow[] {
  return db
    .select()
    .from(provenance)
    .where(and(eq(provenance.application, application), inArray(provenance.releaseId, [...releaseIds])))
    .orderBy(asc(provenance.id))
    .all();
}

/** `name@version` with every digest that a release of the application pinned it to: `name@version#sha256:…`. */
export function listPinnedReferences(
  db: ControlReader,
  { application, reference }: { application: string; reference: string },
): { releaseId: string; kind: string; reference: string }[] {
  return db
    .select({
      releaseId: releaseComponents.releaseId,
      kind: releaseComponents.kind,
      reference: releaseComponents.reference,
    })
    .from(releaseComponents)
    .where(and(eq(releaseComponents.application, application), isPinned(reference)))
    .all();
}

/** Everything that starts with `name@version#`: `$` is the character after `#`. */
function isPinned(reference: string) {
  return and(gte(releaseComponents.reference, `${reference}#`), lt(releaseComponents.reference, `${reference}$`));
}

function isReference(reference: string) {
  return or(eq(releaseComponents.reference, reference), isPinned(reference));
}

export function addEvaluationResult(
  tx: ControlTx,
  row: Omit<EvaluationResultRow, "id" | "items"> & Partial<Pick<EvaluationResultRow, "items">>,
): number {
  return Number(tx.insert(evaluationResults).values(row).run().lastInsertRowid);
}

/** Golden-set results of a release, oldest first. */
export function listEvaluationResults(db: ControlReader, key: ReleaseKey): EvaluationResultRow[] {
  return db
    .select()
    .from(evaluationResults)
    .where(and(eq(evaluationResults.application, key.application), eq(evaluationResults.releaseId, key.releaseId)))
    .orderBy(asc(evaluationResults.atMs), asc(evaluationResults.id))
    .all();
}
