/** What a rollout's decisions saw: evaluations, the evidence carried between them, and people's approvals. */
import { and, asc, desc, eq, lt, lte } from "drizzle-orm";
import { approvals, evaluations, evidenceStates } from "@/db/control/schema/rollout";
import { numberCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page, StoredActor } from "./database";
import { actorColumns, pageOf } from "./database";

export type EvaluationRow = typeof evaluations.$inferSelect;
export type ApprovalRow = typeof approvals.$inferSelect;
export type EvidenceStateRow = typeof evidenceStates.$inferSelect;

/** Adds an evaluation and returns its id. */
export function addEvaluation(tx: ControlTx, row: Omit<EvaluationRow, "id">): number {
  return Number(tx.insert(evaluations).values(row).run().lastInsertRowid);
}

export function findEvaluation(db: ControlReader, id: number): EvaluationRow | undefined {
  return db.select().from(evaluations).where(eq(evaluations.id, id)).get();
}

/** The newest evaluation of a rollout, or the newest about a time not after `atOrBeforeMs`. */
export function findNewestEvaluation(
  db: ControlReader,
  { rolloutId, atOrBeforeMs }: { rolloutId: string; atOrBeforeMs?: number },
): EvaluationRow | undefined {
  return db
    .select()
    .from(evaluations)
    .where(
      and(
        eq(evaluations.rolloutId, rolloutId),
        atOrBeforeMs === undefined ? undefined : lte(evaluations.atMs, atOrBeforeMs),
      ),
    )
    .orderBy(desc(evaluations.atMs), desc(evaluations.id))
    .limit(1)
    .get();
}

/** Kept evaluations, newest first; `changedOnly` leaves out those that repeated the decision before. */
export function listEvaluations(
  db: ControlReader,
  filter: { rolloutId: string; changedOnly?: boolean; limit: number; cursor?: string },
): Page<EvaluationRow> {
  const rows = db
    .select()
    .from(evaluations)
    .where(
      and(
        eq(evaluations.rolloutId, filter.rolloutId),
        filter.changedOnly === true ? eq(evaluations.changed, true) : undefined,
        filter.cursor === undefined ? undefined : lt(evaluations.id, numberCursor(filter.cursor)),
      ),
    )
    .orderBy(desc(evaluations.id))
    .limit(filter.limit + 1)
    .all();
  return pageOf(rows, { limit: filter.limit, keyOf: (row) => String(row.id) });
}

export function findEvidenceState(db: ControlReader, rolloutId: string): EvidenceStateRow | undefined {
  return db.select().from(evidenceStates).where(eq(evidenceStates.rolloutId, rolloutId)).get();
}

/** What the controller carries from tick to tick: the evidence, and its newest evaluation with every segment. */
export interface CarriedState {
  evidence: unknown;
  latest: unknown;
  /** Evidence on how traffic is split; absent where nothing is. */
  split?: unknown;
}

/** The carried state; undefined before the first evaluation. Its writer is the controller's tick. */
export function carriedState(row: EvidenceStateRow | undefined): CarriedState | undefined {
  return row === undefined ? undefined : (row.state as CarriedState);
}

/** Replaces the evidence carried to the next tick. */
export function writeEvidenceState(tx: ControlTx, row: EvidenceStateRow): void {
  const { rolloutId: _, ...change } = row;
  tx.insert(evidenceStates).values(row).onConflictDoUpdate({ target: evidenceStates.rolloutId, set: change }).run();
}

export function addApproval(
  tx: ControlTx,
  row: Omit<ApprovalRow, "id" | "actorKind" | "actorId" | "actorName"> & { actor: StoredActor },
): void {
  const { actor, ...columns } = row;
  tx.insert(approvals)
    .values({ ...columns, ...actorColumns(actor) })
    .run();
}

/** Answers to a rollout, oldest first; of one step when given. */
export function listApprovals(
  db: ControlReader,
  { rolloutId, stepIndex }: { rolloutId: string; stepIndex?: number },
): ApprovalRow[] {
  return db
    .select()
    .from(approvals)
    .where(
      and(eq(approvals.rolloutId, rolloutId), stepIndex === undefined ? undefined : eq(approvals.stepIndex, stepIndex)),
    )
    .orderBy(asc(approvals.id))
    .all();
}
