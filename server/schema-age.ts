/** How new a schema is, in the words of its migrations: what a version has to know to use a database. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Journal = z.object({ entries: z.array(z.object({ when: z.number() })) });

/** When the newest migration that this version brings for a database was made, epoch ms. */
export function newestMigration(database: "control" | "telemetry"): number {
  const path = join(import.meta.dirname, `../db/${database}/migrations/meta/_journal.json`);
  const { entries } = Journal.parse(JSON.parse(readFileSync(path, "utf8")));
  return Math.max(0, ...entries.map(({ when }) => when));
}
