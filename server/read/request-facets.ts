/** What the requests of a range are made of, value by value with counts: the filters that the list offers. */
import { z } from "zod";
import { findApplication } from "@/server/store/control/applications";
import { Time } from "@/server/domain/time";
import { fillingEnd, wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { UNREGISTERED_SEGMENTS } from "./request-segment";

export const RequestFacetsView = z.object({
  from: Time,
  to: Time,
  /** Requests of the range in all. */
  count: z.number().int(),
  /** By release, track and status, then by each of the application's segments; values with most requests first. */
  facets: z.array(
    z.object({
      /** `releaseId`, `track`, `status`, or a segment's key. */
      key: z.string(),
      isSegment: z.boolean(),
      values: z.array(z.object({ value: z.string(), count: z.number().int() })),
    }),
  ),
});
export type RequestFacetsView = z.input<typeof RequestFacetsView>;

const DAY_MS = 86_400_000;
/** Values shown of each facet. */
const VALUES = 8;

/** Of the last 24 hours unless a range is given. Counted from the rollups, whatever the number of requests. */
export function requestFacets(
  deps: ReadDeps,
  { application, fromMs, toMs }: { application: string; fromMs?: number; toMs?: number },
): RequestFacetsView {
  const endMs = toMs ?? fillingEnd(deps.nowMs);
  const range = wholeBuckets(fromMs ?? endMs - DAY_MS, endMs);
  const traffic = deps.telemetry.traffic({ application, ...range });
  const count = sum(traffic.map((row) => row.count));
  const errors = sum(traffic.map((row) => row.errors));
  const keys = findApplication(deps.control, application)?.segments ?? UNREGISTERED_SEGMENTS;
  const counted = (key: string, pairs: readonly (readonly [string, number])[]) => ({
    key,
    isSegment: false,
    values: topValues(pairs),
  });
  return {
    from: range.fromMs,
    to: range.toMs,
    count,
    facets: [
      counted(
        "releaseId",
        traffic.flatMap((row) => (row.releaseId === null ? [] : [[row.releaseId, row.count] as const])),
      ),
      counted(
        "track",
        traffic.map((row) => [row.track, row.count] as const),
      ),
      counted("status", [
        ["ok", count - errors],
        ["error", errors],
      ]),
      ...keys.map((key) => ({
        key,
        isSegment: true,
        values: deps.telemetry.segmentValues({ application, key, ...range, limit: VALUES }),
      })),
    ].filter(({ values }) => values.length > 0),
  };
}

function topValues(pairs: readonly (readonly [string, number])[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const [value, count] of pairs) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, VALUES);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
