/**
 * Compiled statements are used again. Drizzle compiles a query each time it is asked, as a list of requests would, and what
 * was compiled holds memory outside the heap until the collector finds it: a controller of a thousand rollouts held
 * 100 MiB of it.
 */
import type Database from "better-sqlite3";

/** Queries with lists of varying length have many texts: the ones unused for longest are compiled again. */
const MOST_KEPT = 300;

/** What Drizzle and lists need of a client; its statements are the same for the same text. */
export function reusingStatements(client: Database.Database): Pick<Database.Database, "prepare" | "transaction"> {
  const kept = new Map<string, Database.Statement>();
  const prepare = (sql: string): Database.Statement => {
    const statement = kept.get(sql) ?? client.prepare(sql);
    kept.delete(sql);
    kept.set(sql, statement);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    // Who asked before may have wanted rows as arrays.
    return statement.reader ? statement.raw(false) : statement;
  };
  return { prepare: prepare as Database.Database["prepare"], transaction: client.transaction.bind(client) };
}
