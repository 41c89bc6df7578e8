/** Applications: one row per LLM product, created by its first registered release or by hand. */
import { asc, eq } from "drizzle-orm";
import { applications } from "@/db/control/schema/registry";
import type { ControlReader, ControlTx } from "./database";

export type ApplicationRow = typeof applications.$inferSelect;

/** What an application starts with: raw requests for 14 days, rollups for 13 months, no text. */
const DEFAULTS = { segments: ["region", "tenant"], storeContent: false, retention: { rawDays: 14, rollupMonths: 13 } };

export type ApplicationSettings = Partial<
  Pick<ApplicationRow, "displayName" | "segments" | "storeContent" | "retention" | "telemetryKeys">
>;

export function findApplication(db: ControlReader, id: string): ApplicationRow | undefined {
  return db.select().from(applications).where(eq(applications.id, id)).get();
}

/** All applications by id; tens. */
export function listApplications(db: ControlReader): ApplicationRow[] {
  return db.select().from(applications).orderBy(asc(applications.id)).all();
}

/** Creates the application with the defaults unless it exists. Says whether it did. */
export function ensureApplication(tx: ControlTx, { id, nowMs }: { id: string; nowMs: number }): boolean {
  const row = { id, displayName: id, ...DEFAULTS, createdAtMs: nowMs };
  return tx.insert(applications).values(row).onConflictDoNothing().run().changes === 1;
}

/** Changes the given settings of an existing application and returns the row. */
export function updateApplication(
  tx: ControlTx,
  { id, settings }: { id: string; settings: ApplicationSettings },
): ApplicationRow | undefined {
  if (Object.keys(settings).length === 0) return findApplication(tx, id);
  return tx.update(applications).set(settings).where(eq(applications.id, id)).returning().get();
}
