/** Rollouts and their transitions. A rollout's row changes only through `writeRollout`, by compare-and-set. */
import { and, asc, count, desc, eq, isNull, max } from "drizzle-orm";
import { rolloutTransitions, rollouts } from "@/db/control/schema/rollout";
import type { AliasKey } from "./aliases";
import { afterCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page, StoredActor } from "./database";
import { actorColumns, pageOf } from "./database";

export type RolloutRow = typeof rollouts.$inferSelect;
export type RolloutTransitionRow = typeof rolloutTransitions.$inferSelect;

export function findRollout(db: ControlReader, id: string): RolloutRow | undefined {
  return db.select().from(rollouts).where(eq(rollouts.id, id)).get();
}

/** The one live rollout of an alias, if any. */
export function findLiveRollout(db: ControlReader, key: AliasKey): RolloutRow | undefined {
  return db
    .select()
    .from(rollouts)
    .where(and(eq(rollouts.application, key.application), eq(rollouts.alias, key.alias), isNull(rollouts.endedAtMs)))
    .get();
}

/** Every live rollout, of one application or of all: what the controller evaluates. */
export function listLiveRollouts(db: ControlReader, application?: string): RolloutRow[] {
  return db
    .select()
    .from(rollouts)
    .where(
      and(isNull(rollouts.endedAtMs), application === undefined ? undefined : eq(rollouts.application, application)),
    )
    .orderBy(asc(rollouts.startedAtMs))
    .all();
}

/** Newest first. The cursor is `startedAtMs.id` of the last row shown. */
export function listRollouts(
  db: ControlReader,
  filter: { application?: string; candidateId?: string; limit: number; cursor?: string },
): Page<RolloutRow> {
  const rows = db
    .select()
    .from(rollouts)
    .where(
      and(
        filter.application === undefined ? undefined : eq(rollouts.application, filter.application),
        filter.candidateId === undefined ? undefined : eq(rollouts.candidateId, filter.candidateId),
        afterCursor({ at: rollouts.startedAtMs, id: rollouts.id }, filter.cursor),
      ),
    )
    .orderBy(desc(rollouts.startedAtMs), desc(rollouts.id))
    .limit(filter.limit + 1)
    .all();
  return pageOf(rows, { limit: filter.limit, keyOf: (row) => `${row.startedAtMs}.${row.id}` });
}

/** Every rollout of one alias, oldest first: what known good is computed from. */
export function listRolloutsOfAlias(db: ControlReader, key: AliasKey): RolloutRow[] {
  return db
    .select()
    .from(rollouts)
    .where(and(eq(rollouts.application, key.application), eq(rollouts.alias, key.alias)))
    .orderBy(asc(rollouts.startedAtMs))
    .all();
}

/** How many rollouts were started under each version of a policy. */
export function countRolloutsByPolicy(db: ControlReader, policyName: string): Map<number, number> {
  const rows = db
    .select({ version: rollouts.policyVersion, value: count() })
    .from(rollouts)
    .where(eq(rollouts.policyName, policyName))
    .groupBy(rollouts.policyVersion)
    .all();
  return new Map(rows.map(({ version, value }) => [version, value]));
}

/** When a rollout under any version of a policy last ended rolled back, epoch ms. */
export function lastRollbackUnder(db: ControlReader, policyName: string): number | undefined {
  return (
    db
      .select({ atMs: max(rollouts.endedAtMs) })
      .from(rollouts)
      .where(and(eq(rollouts.policyName, policyName), eq(rollouts.state, "rolled_back")))
      .get()?.atMs ?? undefined
  );
}

export function addRollout(tx: ControlTx, row: RolloutRow): void {
  tx.insert(rollouts).values(row).run();
}

/** What a transition may change on the row. */
export type RolloutChange = Partial<
  Pick<
    RolloutRow,
    "state" | "pausedFrom" | "pauseReason" | "stepIndex" | "stepStartedAtMs" | "endedAtMs" | "incidentId"
  >
>;

/** Writes the change and raises the revision. False when somebody else changed the rollout since it was read. */
export function writeRollout(
  tx: ControlTx,
  { rollout, change }: { rollout: RolloutRow; change: RolloutChange },
): boolean {
  const written = tx
    .update(rollouts)
    .set({ ...change, revision: rollout.revision + 1 })
    .where(and(eq(rollouts.id, rollout.id), eq(rollouts.revision, rollout.revision)))
    .run();
  return written.changes === 1;
}

export function addTransition(
  tx: ControlTx,
  row: Omit<RolloutTransitionRow, "id" | "actorKind" | "actorId" | "actorName"> & { actor: StoredActor },
): void {
  const { actor, ...columns } = row;
  tx.insert(rolloutTransitions)
    .values({ ...columns, ...actorColumns(actor) })
    .run();
}

/** Every change of state or step of a rollout, oldest first. */
export function listTransitions(db: ControlReader, rolloutId: string): RolloutTransitionRow[] {
  return db
    .select()
    .from(rolloutTransitions)
    .where(eq(rolloutTransitions.rolloutId, rolloutId))
    .orderBy(asc(rolloutTransitions.id))
    .all();
}
