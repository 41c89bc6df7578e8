/** The control database of a data directory, for programs that work on it without the server. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";

/** Opens it, brought up to date; a directory that is not there yet is made, readable by its owner alone. */
export function openControlFile(dataDir: string): ControlDatabase {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = openControlDatabase(join(dataDir, "control.db"));
  migrateControlDatabase(database, join(import.meta.dirname, "../db/control/migrations"));
  return database;
}
