/** The width of a rollup bucket, and ranges made of whole ones: telemetry is read in nothing smaller. */
import { alignDown, alignUp } from "@/server/domain/window/window";

export const BUCKET_MS = 10_000;

/** End of the bucket that is filling at `nowMs`. */
export function fillingEnd(nowMs: number): number {
  return alignUp(nowMs + 1, BUCKET_MS);
}

/** Whole buckets that hold `[fromMs, toMs)`. */
export function wholeBuckets(fromMs: number, toMs: number): { fromMs: number; toMs: number } {
  return { fromMs: alignDown(fromMs, BUCKET_MS), toMs: alignUp(toMs, BUCKET_MS) };
}
