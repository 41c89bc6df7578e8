/** Opens `telemetry.db`: one writer (intake), many readers. A commit that returned is on disk. */
import Database from "better-sqlite3";
import { drizzle, type BetterSQLite3Database } from "drizzle-orm/better-sqlite3";
import { migrate } from "drizzle-orm/better-sqlite3/migrator";

export type TelemetryDatabase = BetterSQLite3Database & { $client: Database.Database };

/** Opens (and creates) the database for writing. Other writers are waited for briefly: callers try again later. */
export function openTelemetryDatabase(path: string): TelemetryDatabase {
  const client = new Database(path);
  client.pragma("journal_mode = WAL");
  client.pragma("synchronous = FULL");
  client.pragma("busy_timeout = 250");
  client.pragma("cache_size = -65536");
  // Fewer, larger checkpoints: each rewrites the pages of the buckets that are being filled only once.
  client.pragma("wal_autocheckpoint = 8000");
  client.pragma("journal_size_limit = 134217728");
  return drizzle({ client });
}

/** Opens an existing, migrated database for reading. @param cacheMib for pages that were read; the system has its own. */
export function openTelemetryForReading(path: string, cacheMib = 64): TelemetryDatabase {
  const client = new Database(path, { readonly: true, fileMustExist: true });
  client.pragma("busy_timeout = 2000");
  client.pragma(`cache_size = ${-1024 * cacheMib}`);
  return drizzle({ client });
}

/** Brings the schema up to date. Safe to call from several processes: SQLite serialises them. */
export function migrateTelemetryDatabase(database: TelemetryDatabase, migrationsFolder: string): void {
  migrate(database, { migrationsFolder });
}
