/**
 * A file's requests in memory, summed up as the store sums them up, for the controller's own evaluation to read. Every
 * request arrives at its own time. Add all of them first; then `moveTo` says how late it is.
 */
import { hash } from "node:crypto";
import { CONTROL_HALF_KEY, controlHalf } from "@/server/domain/evidence/control-halves";
import type { ArmScope, EvaluationTelemetry, EvidenceSums } from "@/server/controller/evaluation-telemetry";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import type { AggregateKey } from "@/server/domain/metric/metric-source";
import type { CountedLimit } from "@/server/domain/policy/counted-limits";
import { observationsOf, type RequestObservation } from "@/server/domain/request/observations";
import type { RequestRecord } from "@/server/domain/request/request-record";
import type { Track } from "@/server/domain/vocabulary";
import { emptyAggregate, type Aggregate } from "@/server/domain/window/aggregate";
import type { StoredRequest } from "@/server/store/stored-request";
import { BucketSums } from "./bucket-sums";
import { ReplayPairs } from "./replay-pairs";
import { keptRequest, storedRequest, type KeptRequest } from "./kept-request";

/** Values of a segment key that have sums of their own; further ones share one, as in the store. */
const VALUES_PER_KEY = 200;
const OTHER = "__other__";
const REQUESTS: AggregateKey = "requests";

type Query<Name extends keyof EvaluationTelemetry> = Parameters<EvaluationTelemetry[Name]>[0];
type Page = Parameters<EvaluationTelemetry["listRequests"]>[1];

/** The sums of one arm or of one of its segments, by what is counted. */
type Series = Map<AggregateKey, BucketSums>;

/** A release on a track: how much there is of it, and since when. */
export interface Arm {
  readonly releaseId: string;
  readonly track: Track;
  readonly count: number;
  readonly firstMs: number;
}

interface LoadedArm extends Arm {
  count: number;
  firstMs: number;
  readonly whole: Series;
  /** By key, then by value. */
  readonly segments: Map<string, Map<string, Series>>;
  /** Oldest first once `ordered`. */
  readonly requests: KeptRequest[];
  ordered: boolean;
}

/** What is kept of the requests. */
export interface Kept {
  /** What the policy's metrics are read from. */
  readonly counted: ReadonlySet<AggregateKey>;
  readonly segmentKeys: readonly string[];
  /** Whether shadows are compared with their originals. */
  readonly pairs: boolean;
  /** Whether halves of the control are told apart. */
  readonly halves: boolean;
  /** Limits beyond which values are counted exactly. */
  readonly limits: ReadonlyMap<AggregateKey, readonly CountedLimit[]>;
  /** Whether a request itself, and not only its part in the sums, will be looked at. */
  readonly request: (record: RequestRecord) => boolean;
}

export class MemoryTelemetry implements EvaluationTelemetry {
  readonly #kept: Kept;
  readonly #arms = new Map<string, LoadedArm>();
  readonly #values = new Map<string, Set<string>>();
  readonly #pairs = new ReplayPairs();
  #firstMs = Infinity;
  #lastMs = -Infinity;
  #nowMs = -Infinity;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /** Counts one request. Requests without a release belong to no arm. */
  add(record: RequestRecord): void {
    const { releaseId, track, timeMs } = record;
    this.#firstMs = Math.min(this.#firstMs, timeMs);
    this.#lastMs = Math.max(this.#lastMs, timeMs);
    if (releaseId === undefined) return;
    const arm = this.#arm(releaseId, track);
    const observations = observationsOf(record).filter(({ key }) => this.#kept.counted.has(key));
    const bucket = Math.floor(timeMs / EVALUATION_STEP_MS);
    count(arm.whole, bucket, observations);
    for (const key of this.#kept.segmentKeys) {
      const value = segmentValue(record, key);
      if (value !== undefined) count(this.#segment(arm, key, value), bucket, observations);
    }
    // As at the intake: the control's halves are told apart by their subjects.
    if (track === "control" && record.subject !== undefined && this.#kept.halves) {
      const half = controlHalf(hash("sha256", record.subject, "buffer"));
      count(this.#segment(arm, CONTROL_HALF_KEY, half), bucket, observations);
    }
    if (this.#kept.pairs) this.#addPair(record);
    if (this.#kept.request(record)) {
      arm.ordered &&= timeMs >= (arm.requests.at(-1)?.timeMs ?? timeMs);
      arm.requests.push(keptRequest(record));
    }
    arm.count += 1;
    arm.firstMs = Math.min(arm.firstMs, timeMs);
  }

  /** Times of the first and the last request of all; undefined without any. */
  span(): { firstMs: number; lastMs: number } | undefined {
    return this.#firstMs > this.#lastMs ? undefined : { firstMs: this.#firstMs, lastMs: this.#lastMs };
  }

  /** All arms that have requests. */
  arms(): readonly Arm[] {
    return [...this.#arms.values()];
  }

  /** Nothing that arrives at `nowMs` or later is known yet. */
  moveTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  aggregate({ measure, fromMs, toMs, ...scope }: Query<"aggregate">): Aggregate {
    const sums = this.#find(scope)?.get(measure);
    return sums?.range(bucketAt(fromMs), bucketAt(toMs)) ?? emptyAggregate();
  }

  segmentValues({ releaseId, key, fromMs, toMs, limit }: Query<"segmentValues">): { value: string; count: number }[] {
    const counts = new Map<string, number>();
    for (const arm of this.#arms.values()) {
      if (releaseId !== undefined && arm.releaseId !== releaseId) continue;
      for (const [value, series] of arm.segments.get(key) ?? []) {
        const requests = series.get(REQUESTS)?.range(bucketAt(fromMs), bucketAt(toMs)).count ?? 0;
        if (requests > 0) counts.set(value, (counts.get(value) ?? 0) + requests);
      }
    }
    return [...counts]
      .map(([value, requests]) => ({ value, count: requests }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, limit);
  }

  listRequests(filter: Query<"listRequests">, page: Page): { items: StoredRequest[]; nextCursor?: string } {
    const requests = this.#requestsOf(filter);
    const endMs = Math.min(filter.toMs ?? Infinity, this.#nowMs);
    let next = page.cursor === undefined ? firstFrom(requests, endMs) : Number(page.cursor);
    const items: StoredRequest[] = [];
    while (next > 0 && items.length < page.limit) {
      next -= 1;
      const request = requests[next];
      if (request === undefined || request.timeMs < filter.fromMs) return { items };
      if (isIn(request, filter.segment)) items.push(storedRequest(request));
    }
    return next > 0 ? { items, nextCursor: String(next) } : { items };
  }

  evidenceBuckets(query: Query<"evidenceBuckets">): EvidenceSums[] {
    const rows: EvidenceSums[] = [];
    for (const arm of this.#arms.values()) {
      if (!query.releaseIds.includes(arm.releaseId)) continue;
      for (const segmentKey of query.segmentKeys) {
        const series = segmentKey === "" ? [["", arm.whole] as const] : (arm.segments.get(segmentKey) ?? []);
        for (const [segmentValue, sums] of series) {
          const place = { releaseId: arm.releaseId, track: arm.track, segmentKey, segmentValue };
          for (const measure of query.measures) {
            const limits = this.#kept.limits.get(measure) ?? [];
            addRows(rows, { sums: sums.get(measure), place: { ...place, measure }, limits, query });
          }
        }
      }
    }
    return rows.toSorted((a, b) => a.startMs - b.startMs);
  }

  /** A pair counts with its shadow, in the bucket of the half that came later. */
  #addPair(record: RequestRecord): void {
    const pair = this.#pairs.add(record);
    if (pair?.shadow.releaseId === undefined) return;
    const { shadow, timeMs, values } = pair;
    const arm = this.#arm(pair.shadow.releaseId, shadow.track);
    const segments = this.#kept.segmentKeys.flatMap((key) => {
      const value = segmentValue(shadow, key);
      return value === undefined ? [] : [this.#segment(arm, key, value)];
    });
    for (const series of [arm.whole, ...segments]) {
      for (const [key, value] of values) sumsOf(series, key).addValue(bucketAt(timeMs), value);
    }
  }

  #arm(releaseId: string, track: Track): LoadedArm {
    const name = `${track} ${releaseId}`;
    let arm = this.#arms.get(name);
    if (arm === undefined) {
      const empty = { count: 0, firstMs: Infinity, requests: [], ordered: true };
      arm = { releaseId, track, whole: new Map(), segments: new Map(), ...empty };
      this.#arms.set(name, arm);
    }
    return arm;
  }

  #segment(arm: LoadedArm, key: string, value: string): Series {
    const known = entryOf(this.#values, key, () => new Set<string>());
    if (known.size < VALUES_PER_KEY) known.add(value);
    const values = entryOf(arm.segments, key, () => new Map<string, Series>());
    return entryOf(values, known.has(value) ? value : OTHER, () => new Map());
  }

  #find({ releaseId, track, segment }: ArmScope): Series | undefined {
    const arm = this.#arms.get(`${track} ${releaseId}`);
    return segment === undefined ? arm?.whole : arm?.segments.get(segment.key)?.get(segment.value);
  }

  #requestsOf({ releaseId, track }: ArmScope): readonly KeptRequest[] {
    const arm = this.#arms.get(`${track} ${releaseId}`);
    if (arm === undefined) return [];
    if (!arm.ordered) arm.requests.sort((a, b) => a.timeMs - b.timeMs);
    arm.ordered = true;
    return arm.requests;
  }
}

function count(series: Series, bucket: number, observations: readonly RequestObservation[]): void {
  sumsOf(series, REQUESTS).addEvent(bucket, false);
  for (const observation of observations) {
    const sums = sumsOf(series, observation.key);
    if ("value" in observation) sums.addValue(bucket, observation.value);
    else sums.addEvent(bucket, observation.happened);
  }
}

function sumsOf(series: Series, key: AggregateKey): BucketSums {
  return entryOf(series, key, () => new BucketSums());
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}

function bucketAt(timeMs: number): number {
  return Math.floor(timeMs / EVALUATION_STEP_MS);
}

function addRows(
  rows: EvidenceSums[],
  from: {
    sums: BucketSums | undefined;
    place: Omit<EvidenceSums, "startMs" | "aggregate" | "exceedances">;
    limits: readonly CountedLimit[];
    query: Query<"evidenceBuckets">;
  },
): void {
  const { sums, place, limits, query } = from;
  if (sums === undefined) return;
  for (let bucket = bucketAt(query.fromMs); bucket < bucketAt(query.toMs); bucket++) {
    const aggregate = sums.bucket(bucket);
    if (aggregate === undefined) continue;
    const exceedances = sums.exceedances(bucket, limits);
    rows.push({ startMs: bucket * EVALUATION_STEP_MS, ...place, aggregate, exceedances });
  }
}

/** `region` and `tenant` are fields of a request, or segments like all others. */
function segmentValue(record: RequestRecord | KeptRequest, key: string): string | undefined {
  const field = key === "region" || key === "tenant" ? record[key] : undefined;
  return field ?? (Object.hasOwn(record.segments, key) ? record.segments[key] : undefined);
}

function isIn(request: KeptRequest, segment: ArmScope["segment"]): boolean {
  return segment === undefined || segmentValue(request, segment.key) === segment.value;
}

/** Index of the first request at or after `timeMs`. */
function firstFrom(requests: readonly KeptRequest[], timeMs: number): number {
  let low = 0;
  let high = requests.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((requests[middle]?.timeMs ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
