/** How the control compared with itself under the policies of rollouts: one row per rollout, counted by policy version. */
import { and, eq, sql } from "drizzle-orm";
import { calibrations } from "@/db/control/schema/rollout";
import type { ControlReader, ControlTx } from "./database";

export type CalibrationRow = typeof calibrations.$inferSelect;

/** Replaces a rollout's counts. */
export function writeCalibration(tx: ControlTx, row: CalibrationRow): void {
  const { rolloutId: _, ...change } = row;
  tx.insert(calibrations).values(row).onConflictDoUpdate({ target: calibrations.rolloutId, set: change }).run();
}

/** The counts of every rollout under one policy version together. */
export function calibrationOf(
  db: ControlReader,
  policy: { name: string; version: number },
): { rollouts: number; runs: number; elapsedSec: number; alarms: number } {
  const total = (column: (typeof calibrations)["runs" | "elapsedSec" | "alarms"]) =>
    sql<number>`coalesce(sum(${column}), 0)`;
  const found = db
    .select({
      rollouts: sql<number>`count(*)`,
      runs: total(calibrations.runs),
      elapsedSec: total(calibrations.elapsedSec),
      alarms: total(calibrations.alarms),
    })
    .from(calibrations)
    .where(and(eq(calibrations.policyName, policy.name), eq(calibrations.policyVersion, policy.version)))
    .get();
  return found ?? { rollouts: 0, runs: 0, elapsedSec: 0, alarms: 0 };
}
