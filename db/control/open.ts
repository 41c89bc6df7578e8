/** Opens `control.db`: write-ahead log, full durability, migrations from the folder beside this file's sources. */
import Database from "better-sqlite3";
import { drizzle, type BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";
import { reusingStatements } from "@/db/reused-statements";

export type ControlDatabase = BetterSQLite3Database & { $client: Database.Database };

/** Opens (and creates) the database at `path`; `":memory:"` for tests. Waits up to 5 s for other writers. */
export function openControlDatabase(path: string): ControlDatabase {
  const client = new Database(path);
  client.pragma("journal_mode = WAL");
  client.pragma("synchronous = FULL");
  client.pragma("foreign_keys = ON");
  client.pragma("busy_timeout = 5000");
  // Drizzle only prepares statements and opens transactions.
  const database = drizzle({ client: reusingStatements(client) as Database.Database });
  return Object.assign(database, { $client: client });
}

/** Brings the schema up to date. Safe to call from several processes: SQLite serialises them. */
export function migrateControlDatabase(database: ControlDatabase, migrationsFolder: string): void {
  migrate(database, { migrationsFolder });
}
