/**
 * How old the newest telemetry is, by the server's clock. What counts as late depends on how often data used to come: a
 * quiet application is not stale between two requests.
 */
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { BUCKET_MS, fillingEnd } from "./bucket";
import type { Freshness } from "./common-view";
import type { ReadDeps } from "./deps";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";

/** The cadence is the mean gap in this time before the newest request. */
const RECENT_MS = 600_000;

const LATE_CADENCES = 2;
const STALE_CADENCES = 5;

const REQUESTS = aggregateKey({ kind: "request_count" });

/** fresh: at most 2 cadences old; late: more; stale: more than 5; none: nothing ever came. */
export function readFreshness({ telemetry, nowMs }: ReadDeps, application: string): Freshness {
  const newestMs = telemetry.newestRequestMs(application);
  if (newestMs === undefined) return { state: "none", dataTo: null, asOf: nowMs };
  const toMs = fillingEnd(newestMs);
  const { count } = telemetry.aggregate({ application, measure: REQUESTS, fromMs: toMs - RECENT_MS, toMs });
  // Data come a bucket at a time: nothing is known to be late sooner.
  const cadenceMs = Math.max(BUCKET_MS, count === 0 ? RECENT_MS : RECENT_MS / count);
  const ageMs = nowMs - newestMs;
  const state = ageMs <= LATE_CADENCES * cadenceMs ? "fresh" : ageMs <= STALE_CADENCES * cadenceMs ? "late" : "stale";
  return { state, dataTo: newestMs, asOf: nowMs };
}

/** Why nothing can be said now, for a sentence; undefined while the data are recent enough to say something. */
export function staleWords({ state, dataTo, asOf }: Freshness): string | undefined {
  if (state !== "stale" || dataTo === null) return undefined;
  return `Unknown since ${clockWords(dataTo, asOf)}: no telemetry for ${lengthWords(asOf - dataTo)}`;
}
