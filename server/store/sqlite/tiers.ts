/** The rollup tables, their bucket lengths, and the key they share. */

/** Bucket of the finest tier and of evidence. */
export const BUCKET_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** By request time, finest first. */
export const TIERS = [
  { table: "rollups_10s", lengthMs: BUCKET_MS },
  { table: "rollups_1m", lengthMs: MINUTE_MS },
  { table: "rollups_1h", lengthMs: HOUR_MS },
] as const;

/** By arrival. */
export const EVIDENCE_TABLE = "evidence_10s";

/**
 * An evidence bucket is closed when this much time has passed since its end: the commit that was running then is done.
 */
export const EVIDENCE_LATENESS_MS = 15_000;

/** Scores that come on their own count as evidence this long after their request, all of a window together. */
export const SCORE_MATURITY_MS = 600_000;

/** Bucket numbers below a series: room for 10-second buckets until the year 2140. */
const ROW_SPACE = 2 ** 29;

/** Row of a series' bucket that holds `timeMs`. */
export function rowId(series: number, timeMs: number, lengthMs: number): number {
  return series * ROW_SPACE + Math.floor(timeMs / lengthMs);
}

/** The series of a row. */
export function seriesOfRow(id: number): number {
  return Math.floor(id / ROW_SPACE);
}

/** When a row's bucket starts, epoch ms. */
export function startOfRow(id: number, lengthMs: number): number {
  return (id % ROW_SPACE) * lengthMs;
}
