/** Which release answers users now, observed in telemetry: shadows are copies and serve nobody. */
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { fillingEnd } from "./bucket";
import type { ReadDeps } from "./deps";

/** Requests that users got answers to, per release. */
export interface ObservedTraffic {
  readonly fromMs: number;
  readonly toMs: number;
  /** All of them: the n of every share. */
  readonly total: number;
  /** By release id; `null` is what no release could be found for. */
  readonly counts: ReadonlyMap<string | null, number>;
}

/** Traffic of the last `lengthMs`. The newest bucket is still filling and is part of it. */
export function observedTraffic(
  { telemetry, nowMs }: ReadDeps,
  { application, lengthMs }: { application: string; lengthMs: number },
): ObservedTraffic {
  const toMs = fillingEnd(nowMs);
  const range = { fromMs: toMs - lengthMs, toMs };
  return { ...range, ...countServed(telemetry.traffic({ application, ...range })) };
}

function countServed(rows: ReturnType<TelemetryReader["traffic"]>): Pick<ObservedTraffic, "total" | "counts"> {
  const counts = new Map<string | null, number>();
  let total = 0;
  for (const { releaseId, track, count } of rows) {
    if (track === "shadow") continue;
    counts.set(releaseId, (counts.get(releaseId) ?? 0) + count);
    total += count;
  }
  return { total, counts };
}

/** 0–1; null without any traffic. */
export function shareOf({ total, counts }: ObservedTraffic, releaseId: string): number | null {
  return total === 0 ? null : (counts.get(releaseId) ?? 0) / total;
}
