/** The control database as services see it: a handle, and transactions that refuse promises. */
import type { ControlDatabase } from "@/db/control/open";

export type { ControlDatabase } from "@/db/control/open";

/** What a verb's queries run on: the database itself, or the transaction it opened. */
export type ControlTx = Parameters<Parameters<ControlDatabase["transaction"]>[0]>[0];

/** A result that is certainly not a promise: better-sqlite3 would commit before an `await` inside came back. */
type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** Runs `work` in one IMMEDIATE transaction: it takes the write lock first, so what it reads stays true until commit. */
export function withTransaction<T>(db: ControlDatabase, work: (tx: ControlTx) => Synchronous<T>): T {
  return db.transaction((tx) => work(tx), { behavior: "immediate" });
}
