/** Shadow requests with the requests that they copy. */
import type { StoredRequest } from "@/server/store/stored-request";
import type { TelemetryReader } from "@/server/store/telemetry-reader";

export interface ShadowPair {
  shadow: StoredRequest;
  /** Undefined where it names none, or one that is not there. */
  original: StoredRequest | undefined;
}

export interface ShadowQuery {
  application: string;
  /** The shadow's release; absent: of any. */
  releaseId?: string | undefined;
  segment?: { key: string; value: string } | undefined;
  fromMs: number;
  toMs: number;
}

/** The newest shadows of a range, at most `limit`, each with its original. */
export function shadowPairs(telemetry: TelemetryReader, query: ShadowQuery, limit: number): ShadowPair[] {
  const { application, releaseId, segment, fromMs, toMs } = query;
  if (toMs <= fromMs) return [];
  // Windows know at once whether there are any, and since when: looking for rows that are not there reads all others.
  const shadows = telemetry
    .traffic({ application, fromMs, toMs })
    .filter((row) => row.track === "shadow" && (releaseId === undefined || row.releaseId === releaseId));
  if (shadows.length === 0) return [];
  const filter = {
    application,
    track: "shadow" as const,
    fromMs: Math.max(fromMs, Math.min(...shadows.map(({ firstMs }) => firstMs))),
    toMs: Math.min(toMs, Math.max(...shadows.map(({ lastMs }) => lastMs)) + 1),
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(segment === undefined ? {} : { segment }),
  };
  return telemetry.listRequests(filter, { limit }).items.map((shadow) => ({
    shadow,
    original: shadow.shadowOf === null ? undefined : telemetry.findRequest({ requestId: shadow.shadowOf, application }),
  }));
}
