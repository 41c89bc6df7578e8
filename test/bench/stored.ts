/** A telemetry database with many requests, made by the writer itself, and the questions pages ask of it. */
import { statSync } from "node:fs";
import { migrateTelemetryDatabase, openTelemetryDatabase, openTelemetryForReading } from "@/db/telemetry/open";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import { benchSpans, encodeProtobuf, randomFrom } from "./genai-spans";

const DAY_MS = 86_400_000;
const PER_COMMIT = 5_000;
const APPLICATION = "deploy-assistant";

const FACTS: RecordFacts = {
  segmentKeys: () => ["region", "tenant"],
  telemetryKeys: () => undefined,
  storesContent: () => false,
  applicationOf: () => undefined,
  resolveRelease: () => ({ releaseId: null, source: "unknown" }),
};

/** Writes up to `count` requests, evenly spread over the day before `endMs`, as they would have arrived. Can be continued. */
export function fillDatabase(path: string, count: number, endMs: number): void {
  const database = openTelemetryDatabase(path);
  migrateTelemetryDatabase(database, "db/telemetry/migrations");
  const writer = new TelemetryWriter(database);
  const stored = database.$client.prepare<[], { count: number }>("SELECT count(*) AS count FROM requests").get();
  const random = randomFrom(count + (stored?.count ?? 0));
  for (let written = stored?.count ?? 0; written < count; written += PER_COMMIT) {
    const nowMs = Math.round(endMs - DAY_MS + (DAY_MS * (written + PER_COMMIT)) / count);
    const requests = requestsAt(nowMs, (DAY_MS * PER_COMMIT) / count, random);
    writer.write(
      { requests, scores: [] },
      { nowMs, segmentKeys: FACTS.segmentKeys, evidenceKeys: () => undefined, limits: new Map() },
    );
  }
  database.$client.pragma("wal_checkpoint(TRUNCATE)");
  database.$client.close();
}

/** Requests of one commit, spread over the time since the last one. */
function requestsAt(nowMs: number, spanMs: number, random: () => number): NewRequest[] {
  const groups = decodeTraces(encodeProtobuf(benchSpans(PER_COMMIT, nowMs, random)));
  const { requests } = mapTraces(groups, { facts: FACTS, nowMs });
  return requests.map((request, at) => ({
    ...request,
    timeMs: Math.round(nowMs - spanMs + (spanMs * at) / PER_COMMIT),
  }));
}

export interface StoredFigures {
  bytesPerRequest: number;
  /** 24 h at 1-minute steps, one metric, both tracks; median of several, ms. */
  seriesMs: number;
  /** One request by its id; the slowest of several, ms. */
  lookupMs: number;
  /** The newest 50 requests of the canary release, ms. */
  listMs: number;
  /** p95 over 24 h and traffic per release, as the overview asks them, ms. */
  overviewMs: number;
}

/** Asks what pages ask. */
export function askDatabase(path: string, endMs: number): StoredFigures {
  const reader = new SqliteTelemetryReader(openTelemetryForReading(path));
  const day = { application: APPLICATION, fromMs: endMs - DAY_MS, toMs: endMs };
  const series = () => {
    for (const track of ["control", "canary"] as const) {
      const steps = reader.series({ ...day, track, measure: "ttft_ms", stepMs: 60_000 });
      for (const { aggregate } of steps) aggregate.histogram?.quantile(0.95);
    }
  };
  const ids = sampleIds(reader, endMs);
  let at = 0;
  const figures = {
    bytesPerRequest: statSync(path).size / reader.aggregate({ ...day, fromMs: 0, measure: "requests" }).count,
    seriesMs: median(timesOf(series, 9)),
    lookupMs: Math.max(...timesOf(() => reader.findRequest({ requestId: ids[at++ % ids.length] ?? "" }), 60).slice(20)),
    listMs: median(
      timesOf(() => reader.listRequests({ application: APPLICATION, releaseId: "f91be2a454" }, { limit: 50 }), 9),
    ),
    overviewMs: median(
      timesOf(() => {
        reader.aggregate({ ...day, measure: "ttft_ms" });
        reader.traffic(day);
      }, 9),
    ),
  };
  reader.close();
  return figures;
}

/** Ids from all over the day. */
function sampleIds(reader: SqliteTelemetryReader, endMs: number): string[] {
  return Array.from({ length: 40 }, (_, i) => {
    const toMs = endMs - (DAY_MS * i) / 40;
    const { items } = reader.listRequests({ application: APPLICATION, toMs }, { limit: 1 });
    return items[0]?.requestId ?? "";
  });
}

function timesOf(work: () => unknown, times: number): number[] {
  return Array.from({ length: times }, () => {
    const startedMs = performance.now();
    work();
    return performance.now() - startedMs;
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
