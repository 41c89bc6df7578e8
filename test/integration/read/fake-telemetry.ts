/** The telemetry port over an array of requests: every answer is computed from the requests, nothing is canned. */
import { CLOCK_AHEAD_MS, LATE_MS } from "@/server/domain/health/telemetry-health";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import {
  addEvent,
  addValue,
  emptyAggregate,
  scaleOf,
  SCORE_SCALE,
  type Aggregate,
} from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { StoredRequest } from "@/server/store/stored-request";
import type {
  QualityGroup,
  RequestFilter,
  SeriesStep,
  TelemetryReader,
  TelemetryScope,
  WindowQuery,
} from "@/server/store/telemetry-reader";

const REQUESTS = aggregateKey({ kind: "request_count" });

/** A request with everything absent but what is given. */
export function request(given: Partial<StoredRequest> & Pick<StoredRequest, "requestId" | "timeMs">): StoredRequest {
  return {
    application: "deploy-assistant",
    releaseId: null,
    releaseSource: given.releaseId === undefined ? "unknown" : "explicit",
    receivedMs: given.timeMs + 200,
    track: "control",
    shadowOf: null,
    traceId: null,
    spanId: null,
    responseId: null,
    subjectHash: null,
    region: null,
    tenant: null,
    segments: {},
    status: "ok",
    errorType: null,
    refused: null,
    toxic: null,
    policyViolation: null,
    taskCompleted: null,
    ttftMs: null,
    ttftSide: null,
    durationMs: null,
    inputTokens: null,
    outputTokens: null,
    reasoningTokens: null,
    costUsd: null,
    scores: [],
    features: [],
    featureFingerprint: null,
    measures: {},
    attributes: {},
    input: null,
    output: null,
    sources: {},
    flags: [],
    ...given,
  };
}

export class FakeTelemetry implements TelemetryReader {
  readonly requests: StoredRequest[] = [];

  add(...requests: StoredRequest[]): void {
    this.requests.push(...requests);
    this.requests.sort((a, b) => a.timeMs - b.timeMs);
  }

  series(query: WindowQuery): SeriesStep[] {
    const steps: SeriesStep[] = [];
    for (let startMs = query.fromMs; startMs < query.toMs; startMs += query.stepMs) {
      const aggregate = this.aggregate({
        ...query,
        fromMs: startMs,
        toMs: Math.min(startMs + query.stepMs, query.toMs),
      });
      if (aggregate.count > 0) steps.push({ startMs, aggregate });
    }
    return steps;
  }

  seriesByMeasure(query: Parameters<TelemetryReader["seriesByMeasure"]>[0]): Map<string, SeriesStep[]> {
    return new Map(query.measures.map((measure) => [measure, this.series({ ...query, measure })]));
  }

  aggregate(query: Omit<WindowQuery, "stepMs">): Aggregate {
    const isValue = query.measure !== REQUESTS && query.measure !== "" && !query.measure.startsWith("event:");
    const aggregate = emptyAggregate(isValue ? new Histogram() : undefined);
    for (const one of this.#within(query)) addTo(aggregate, one, query.measure);
    return aggregate;
  }

  segmentValues(query: Parameters<TelemetryReader["segmentValues"]>[0]): { value: string; count: number }[] {
    const counts = new Map<string, number>();
    for (const one of this.#within(query)) {
      const value = segmentOf(one, query.key);
      if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return [...counts]
      .map(([value, count]) => ({ value, count }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, query.limit);
  }

  measures(query: Parameters<TelemetryReader["measures"]>[0]): string[] {
    return [...new Set(this.#within(query).flatMap(measuresOf))];
  }

  traffic(query: Parameters<TelemetryReader["traffic"]>[0]): ReturnType<TelemetryReader["traffic"]> {
    const rows = new Map<string, ReturnType<TelemetryReader["traffic"]>[number]>();
    for (const { releaseId, track, status, timeMs } of this.#within(query)) {
      const key = `${releaseId ?? ""} ${track}`;
      const row = rows.get(key) ?? { releaseId, track, count: 0, errors: 0, firstMs: timeMs, lastMs: timeMs };
      row.count += 1;
      row.errors += status === "error" ? 1 : 0;
      row.firstMs = Math.min(row.firstMs, timeMs);
      row.lastMs = Math.max(row.lastMs, timeMs);
      rows.set(key, row);
    }
    return [...rows.values()].toSorted((a, b) => b.count - a.count);
  }

  distinctSubjects(query: Parameters<TelemetryReader["distinctSubjects"]>[0]): number | null {
    return new Set(this.#within(query).flatMap(({ subjectHash }) => subjectHash ?? [])).size;
  }

  findRequest({ requestId, application }: { requestId: string; application?: string }): StoredRequest | undefined {
    return this.requests.findLast(
      (one) => one.requestId === requestId && (application === undefined || one.application === application),
    );
  }

  findCounterpart(of: StoredRequest): StoredRequest | undefined {
    return this.requests.find(
      (one) =>
        one.application === of.application &&
        (of.shadowOf === null ? one.shadowOf === of.requestId : one.requestId === of.shadowOf),
    );
  }

  listRequests(
    filter: RequestFilter,
    page: { limit: number; cursor?: string },
  ): ReturnType<TelemetryReader["listRequests"]> {
    const all = this.requests.filter((one) => matches(one, filter)).toReversed();
    const start = page.cursor === undefined ? 0 : all.findIndex((one) => one.requestId === page.cursor) + 1;
    const items = all.slice(start, start + page.limit);
    const last = items.at(-1);
    return last !== undefined && start + page.limit < all.length ? { items, nextCursor: last.requestId } : { items };
  }

  newestJudges(filter: RequestFilter, { score, limit }: { score: string; limit: number }): (string | null)[] {
    const { items } = this.listRequests(filter, { limit });
    return items.flatMap(({ scores }) => scores.flatMap(({ name, judge }) => (name === score ? [judge] : [])));
  }

  served({ limit, ...query }: Parameters<TelemetryReader["served"]>[0]): StoredRequest[] {
    return this.#within(query).toReversed().slice(0, limit);
  }

  newestRequestMs(application: string): number | undefined {
    return this.requests.findLast((one) => one.application === application)?.timeMs;
  }

  evidenceBuckets(): never[] {
    throw new Error("read models do not read evidence");
  }

  unattributedShare(query: { application: string; fromMs: number; toMs: number }): number | null {
    const all = this.#within(query);
    return all.length === 0 ? null : all.filter((one) => one.releaseSource !== "explicit").length / all.length;
  }

  quality({ limit, ...query }: Parameters<TelemetryReader["quality"]>[0]): QualityGroup[] {
    const newest = this.#within(query).toReversed().slice(0, limit);
    return newest.map((one) => ({
      releaseId: one.releaseId,
      track: one.track,
      releaseSource: one.releaseSource,
      flags: one.flags,
      sources: one.sources,
      hasTtft: one.ttftMs !== null,
      count: 1,
      ahead: one.receivedMs - one.timeMs < -CLOCK_AHEAD_MS ? 1 : 0,
      mostAheadMs: Math.max(0, one.timeMs - one.receivedMs),
      late: one.receivedMs - one.timeMs - (one.durationMs ?? 0) > LATE_MS ? 1 : 0,
      newestMs: one.timeMs,
    }));
  }

  duplicates(): number {
    return 0;
  }

  applications(): string[] {
    return [...new Set(this.requests.map((one) => one.application))];
  }

  snapshot<T>(read: () => T): T {
    return read();
  }

  close(): void {
    this.requests.length = 0;
  }

  #within(query: TelemetryScope & { fromMs: number; toMs: number }): StoredRequest[] {
    return this.requests.filter(
      (one) =>
        one.timeMs >= query.fromMs &&
        one.timeMs < query.toMs &&
        one.application === query.application &&
        (query.releaseId === undefined || one.releaseId === query.releaseId) &&
        (query.track === undefined || one.track === query.track) &&
        (query.segment === undefined || segmentOf(one, query.segment.key) === query.segment.value),
    );
  }
}

function segmentOf(one: StoredRequest, key: string): string | null {
  if (key === "region") return one.region;
  return key === "tenant" ? one.tenant : (one.segments[key] ?? null);
}

function matches(one: StoredRequest, filter: RequestFilter): boolean {
  const { fromMs = -Infinity, toMs = Infinity, segment } = filter;
  const wanted = [
    [filter.application, one.application],
    [filter.releaseId, one.releaseId],
    [filter.track, one.track],
    [filter.status, one.status],
    [filter.traceId, one.traceId],
    [segment?.value, segment === undefined ? undefined : segmentOf(one, segment.key)],
  ];
  const inRange = one.timeMs >= fromMs && one.timeMs < toMs;
  return inRange && wanted.every(([want, is]) => want === undefined || want === is);
}

/** Every yes/no outcome of a request by the name of its event; null where it is not known. */
function eventsOf(one: StoredRequest): Record<string, boolean | null> {
  return {
    error: one.status === "error",
    refusal: one.refused,
    toxicity: one.toxic,
    policy_violation: one.policyViolation,
    task_completion: one.taskCompleted,
  };
}

function valuesOf(one: StoredRequest): Record<string, number | null> {
  return { ttft_ms: one.ttftMs, duration_ms: one.durationMs, cost_usd: one.costUsd, ...one.measures };
}

function measuresOf(one: StoredRequest): string[] {
  const known = (values: Record<string, unknown>): string[] =>
    Object.keys(values).filter((key) => values[key] !== null);
  return [
    ...known(eventsOf(one)).map((event) => `event:${event}`),
    ...known(valuesOf(one)),
    ...one.scores.map(({ name }) => `score:${name}`),
  ];
}

function addTo(aggregate: Aggregate, one: StoredRequest, measure: string): void {
  if (measure === REQUESTS || measure === "") {
    aggregate.count += 1;
  } else if (measure.startsWith("event:")) {
    const happened = eventsOf(one)[measure.slice("event:".length)] ?? null;
    if (happened !== null) addEvent(aggregate, happened);
  } else if (measure.startsWith("score:")) {
    for (const { name, value } of one.scores) {
      if (`score:${name}` === measure) addValue(aggregate, value * SCORE_SCALE);
    }
  } else {
    const value = valuesOf(one)[measure] ?? null;
    if (value !== null) addValue(aggregate, value * scaleOf(measure));
  }
}
