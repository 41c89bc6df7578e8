/** Signed checkpoints of the audit log. Rows are only ever added. */
import { desc, lt } from "drizzle-orm";
import { auditCheckpoints } from "@/db/control/schema/audit";
import { numberCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page } from "./database";
import { pageOf } from "./database";

export type CheckpointRow = typeof auditCheckpoints.$inferSelect;

export function addCheckpoint(tx: ControlTx, row: CheckpointRow): void {
  tx.insert(auditCheckpoints).values(row).run();
}

/** Newest first. The cursor is the last shown row's size. */
export function listCheckpoints(
  db: ControlReader,
  { limit, cursor }: { limit: number; cursor?: string },
): Page<CheckpointRow> {
  const rows = db
    .select()
    .from(auditCheckpoints)
    .where(cursor === undefined ? undefined : lt(auditCheckpoints.size, numberCursor(cursor)))
    .orderBy(desc(auditCheckpoints.size))
    .limit(limit + 1)
    .all();
  return pageOf(rows, { limit, keyOf: (row) => String(row.size) });
}
