/** The control database as services see it: a handle, and transactions that refuse promises. */
import type { ControlDatabase } from "@/db/control/open";

export type { ControlDatabase } from "@/db/control/open";

/** An open transaction: what a verb's queries run on. */
export type ControlTx = Parameters<Parameters<ControlDatabase["transaction"]>[0]>[0];

/** What read queries run on: the database itself, or an open transaction. */
export type ControlReader = ControlDatabase | ControlTx;

/** A result that is certainly not a promise: better-sqlite3 would commit before an `await` inside came back. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** Runs `work` in one IMMEDIATE transaction: it takes the write lock first, so what it reads stays true until commit. */
export function withTransaction<T>(db: ControlDatabase, work: (tx: ControlTx) => Synchronous<T>): T {
  return db.transaction((tx) => work(tx), { behavior: "immediate" });
}

/** Who did something, as rows keep it. */
export interface StoredActor {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** The three columns of an actor. */
export function actorColumns(actor: StoredActor): { actorKind: string; actorId: string; actorName: string } {
  return { actorKind: actor.kind, actorId: actor.id, actorName: actor.name };
}

/** One page of a list, newest first; `nextCursor` only when there is more. */
export interface Page<Row> {
  items: Row[];
  nextCursor?: string;
}

/** Cuts `rows`, fetched with one more than `limit`, into a page whose cursor is the last shown row's key. */
export function pageOf<Row>(rows: Row[], { limit, keyOf }: { limit: number; keyOf: (row: Row) => string }): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextCursor: keyOf(last) } : { items };
}
