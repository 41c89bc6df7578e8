/**
 * The port through which pages, the API and the controller read telemetry. SQLite implements it today; ClickHouse will.
 * Windows come from rollups, never from raw rows. Intervals are half-open `[fromMs, toMs)`.
 */
import type { QualityCounts } from "@/server/domain/health/telemetry-health";
import type { Aggregate } from "@/server/domain/window/aggregate";
import type { Track } from "@/server/domain/vocabulary";
import type { StoredRequest } from "./stored-request";

/** Which requests: every field narrows; `releaseId: null` means requests that no release could be found for. */
export interface TelemetryScope {
  application: string;
  releaseId?: string | null;
  track?: Track;
  /** One segment value, e.g. `{key: "region", value: "us-west"}`; absent: all requests. */
  segment?: { key: string; value: string };
}

export interface WindowQuery extends TelemetryScope {
  /** The key of the sums that are wanted, see `aggregateKey`: `ttft_ms`, `event:error`, `score:groundedness`, `requests`. */
  measure: string;
  fromMs: number;
  toMs: number;
  /** Windows start every `stepMs` and are `stepMs` long; a multiple of 10 s. */
  stepMs: number;
}

/** One step of a series; steps without data are left out. */
export interface SeriesStep {
  startMs: number;
  aggregate: Aggregate;
}

/** How many values of a bucket were beyond a limit (in scaled units) that a live policy held when they arrived. */
export interface Exceedance {
  limit: number;
  side: "above" | "below";
  count: number;
}

/**
 * Arrival-time sums for the evidence engine: closed buckets, in order, never revised. Scores that came on their own are in
 * the bucket 10 minutes after their request's time, all of one window together; later ones are in no bucket.
 */
export interface EvidenceBucketRow {
  /** Start of the 10-second arrival bucket, epoch ms. */
  startMs: number;
  releaseId: string;
  track: Track;
  segmentKey: string;
  segmentValue: string;
  measure: string;
  aggregate: Aggregate;
  /**
   * Distinct subjects with a bad request in the bucket, at most 255: one where the event happened (for `task_completion`:
   * did not), or with a value beyond any of the limits.
   */
  badSubjects: number;
  /** Exact counts for the absolute limits that were configured at the time; one entry per limit. */
  exceedances: Exceedance[];
}

export interface RequestFilter {
  application?: string;
  releaseId?: string;
  track?: Track;
  status?: "ok" | "error";
  fromMs?: number;
  toMs?: number;
  /** `region=us-west`. */
  segment?: { key: string; value: string };
  traceId?: string;
  responseId?: string;
  subject?: string;
  /** Only requests whose score of this name lies in `[min, max]`. */
  score?: { name: string; min?: number; max?: number };
}

/** Requests that are alike in what tells the quality of their data, with who sent them and when. */
export interface QualityGroup extends QualityCounts {
  track: Track;
  /** Field → telemetry key; null for a record of the JSON API. */
  sources: Record<string, string> | null;
  /** How far the one that was furthest ahead began after it arrived, ms. */
  mostAheadMs: number;
  newestMs: number;
}

/** What a request was served with, and for whom. */
export type ServedRequest = Pick<
  StoredRequest,
  "timeMs" | "releaseId" | "region" | "tenant" | "segments" | "features" | "featureFingerprint"
>;

export interface TelemetryReader {
  /** Steps with data, oldest first. */
  series(query: WindowQuery): SeriesStep[];
  /**
   * The series of several measures, by measure: the sums of a bucket are stored together and read once. Only those of
   * `quantilesOf` have histograms, which cost more than all the rest.
   */
  seriesByMeasure(
    query: Omit<WindowQuery, "measure"> & { measures: readonly string[]; quantilesOf: readonly string[] },
  ): ReadonlyMap<string, SeriesStep[]>;
  /** One aggregate over the whole range. */
  aggregate(query: Omit<WindowQuery, "stepMs">): Aggregate;
  /** Distinct values of a segment key seen in the range, most requests first, at most `limit`. */
  segmentValues(query: {
    application: string;
    releaseId?: string;
    key: string;
    fromMs: number;
    toMs: number;
    limit: number;
  }): {
    value: string;
    count: number;
  }[];
  /** Keys of measures, events and scores with data in the range. */
  measures(query: { application: string; releaseId?: string; fromMs: number; toMs: number }): string[];
  /** Requests per (release, track) in the range, most first. `releaseId` null: no release found. */
  traffic(query: { application: string; fromMs: number; toMs: number; segment?: { key: string; value: string } }): {
    releaseId: string | null;
    track: Track;
    count: number;
    errors: number;
    firstMs: number;
    lastMs: number;
  }[];
  /** Distinct subjects per release in the range (exact up to 100,000 rows, then null). */
  distinctSubjects(query: { application: string; releaseId: string; fromMs: number; toMs: number }): number | null;
  /** By the gateway's id; the newest when several applications used the same id and none is named. */
  findRequest(query: { requestId: string; application?: string }): StoredRequest | undefined;
  /** The shadow of a request, or the request that a shadow copies. */
  findCounterpart(request: StoredRequest): StoredRequest | undefined;
  /** Newest first. `cursor` comes from the page before. */
  listRequests(
    filter: RequestFilter,
    page: { limit: number; cursor?: string },
  ): { items: StoredRequest[]; nextCursor?: string };
  /** Who gave the scores named `score` to the newest `limit` requests: one entry a score, null where it names no judge. */
  newestJudges(filter: RequestFilter, about: { score: string; limit: number }): (string | null)[];
  /** The newest requests of a track in the range, newest first, at most `limit`: much cheaper than their list. */
  served(query: { application: string; track: Track; fromMs: number; toMs: number; limit: number }): ServedRequest[];
  /** Time of the newest request, or undefined when there is none. */
  newestRequestMs(application: string): number | undefined;
  /** Closed arrival buckets with `startMs` in the range, in order of `startMs`. */
  evidenceBuckets(query: {
    application: string;
    releaseIds: readonly string[];
    measures: readonly string[];
    segmentKeys: readonly string[];
    fromMs: number;
    toMs: number;
  }): EvidenceBucketRow[];
  /** Share of requests without an explicit release id in the range, 0–1; null without requests. */
  unattributedShare(query: { application: string; fromMs: number; toMs: number }): number | null;
  /** Several reads that see one state of the data. */
  snapshot<T>(read: () => T): T;
  /** The newest requests in the range, at most `limit`, grouped by what tells the quality of their data. */
  quality(query: { application: string; fromMs: number; toMs: number; limit: number }): QualityGroup[];
  /** Records that were sent again and counted once, by the request's time. */
  duplicates(query: { application: string; fromMs: number; toMs: number }): number;
  /** Applications that sent anything, also unregistered ones. */
  applications(): string[];
  close(): void;
}
