/** A telemetry database with many requests, made by the writer itself, and the questions pages ask of it. */
import { statSync } from "node:fs";
import {
  migrateTelemetryDatabase,
  openTelemetryDatabase,
  openTelemetryForReading,
  type TelemetryDatabase,
} from "@/db/telemetry/open";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import type { StoredRequest } from "@/server/store/stored-request";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import { benchSpans, encodeProtobuf, randomFrom } from "./genai-spans";
import { median, quantile, timesOf } from "./statistics";

const DAY_MS = 86_400_000;
const PER_COMMIT = 5_000;
const APPLICATION = "deploy-assistant";
const CANARY = "f91be2a454";

const FACTS: RecordFacts = {
  segmentKeys: () => ["region", "tenant"],
  telemetryKeys: () => undefined,
  storesContent: () => false,
  applicationOf: () => undefined,
  resolveRelease: () => ({ releaseId: null, source: "unknown" }),
};

/**
 * Writes up to `count` requests, evenly spread over a day that ends now, as they would have arrived. One that was begun is
 * continued, a full one left as it is.
 *
 * @returns the end of its day, epoch ms.
 */
export function fillDatabase(path: string, count: number): number {
  const database = openTelemetryDatabase(path);
  migrateTelemetryDatabase(database, "db/telemetry/migrations");
  const writer = new TelemetryWriter(database);
  const newest = database.$client
    .prepare<[], { id: number; time_ms: number }>("SELECT id, time_ms FROM requests ORDER BY id DESC LIMIT 1")
    .get();
  const stored = newest?.id ?? 0;
  const startMs = newest === undefined ? Date.now() - DAY_MS : newest.time_ms - (DAY_MS * stored) / count;
  const endMs = Math.ceil((startMs + DAY_MS) / 60_000) * 60_000;
  const random = randomFrom(count + stored);
  for (let written = stored; written < count; written += PER_COMMIT) {
    const nowMs = Math.round(endMs - DAY_MS + (DAY_MS * (written + PER_COMMIT)) / count);
    const requests = requestsAt(nowMs, (DAY_MS * PER_COMMIT) / count, random);
    writer.write(
      { requests, scores: [] },
      { nowMs, segmentKeys: FACTS.segmentKeys, evidenceKeys: () => undefined, limits: new Map() },
    );
  }
  database.$client.pragma("wal_checkpoint(TRUNCATE)");
  database.$client.close();
  return endMs;
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
  /** 24 h at 1-minute steps, one metric, both tracks; median, ms. */
  seriesMs: number;
  /** One request by its id, by its trace, by its response's id; from all over the day, asked once each. 95 %, ms. */
  lookupMs: { id: number; trace: number; response: number };
  /** The newest 50 requests of the canary release; median, ms. */
  listMs: number;
  /** p95 over 24 h and traffic per release, as the overview asks them; median, ms. */
  overviewMs: number;
  /** Largest relative difference of p95, p75 and p50 from windows to those of the requests themselves. */
  sketchError: number;
}

const WINDOWS_MS = [600_000, 3_600_000];
const QUANTILES = [0.5, 0.75, 0.95];
const LOOKUPS = 200;

/** Asks what pages ask. */
export function askDatabase(path: string, endMs: number): StoredFigures {
  const database = openTelemetryForReading(path);
  const reader = new SqliteTelemetryReader(database);
  const day = { application: APPLICATION, fromMs: endMs - DAY_MS, toMs: endMs };
  const series = () => {
    for (const track of ["control", "canary"] as const) {
      const steps = reader.series({ ...day, track, measure: "ttft_ms", stepMs: 60_000 });
      for (const { aggregate } of steps) aggregate.histogram?.quantile(0.95);
    }
  };
  const samples = sampleRequests(reader, endMs);
  const lookup = (find: (sample: StoredRequest) => unknown): number =>
    quantile(
      timesOf((call) => {
        const sample = samples[call];
        if (sample === undefined || find(sample) === undefined) throw new Error("a stored request was not found");
      }, samples.length),
      0.95,
    );
  const figures = {
    bytesPerRequest: statSync(path).size / reader.aggregate({ ...day, fromMs: 0, measure: "requests" }).count,
    seriesMs: median(timesOf(series, 9)),
    lookupMs: {
      id: lookup(({ requestId }) => reader.findRequest({ requestId })),
      trace: lookup(({ traceId }) => reader.listRequests({ traceId: traceId ?? "" }, { limit: 1 }).items[0]),
      response: lookup(
        ({ responseId }) => reader.listRequests({ responseId: responseId ?? "" }, { limit: 1 }).items[0],
      ),
    },
    listMs: median(
      timesOf(() => reader.listRequests({ application: APPLICATION, releaseId: CANARY }, { limit: 50 }), 9),
    ),
    overviewMs: median(
      timesOf(() => {
        reader.aggregate({ ...day, measure: "ttft_ms" });
        reader.traffic(day);
      }, 9),
    ),
    sketchError: Math.max(...WINDOWS_MS.map((windowMs) => sketchError({ database, reader, endMs, windowMs }))),
  };
  reader.close();
  return figures;
}

/** Requests from all over the day. */
function sampleRequests(reader: SqliteTelemetryReader, endMs: number): StoredRequest[] {
  return Array.from({ length: LOOKUPS }, (_, i) => {
    const toMs = endMs - (DAY_MS * i) / LOOKUPS - 60_000;
    return reader.listRequests({ application: APPLICATION, toMs }, { limit: 1 }).items;
  }).flat();
}

/** How far the quantiles of one window are from those of its requests, by the sketch's own rule of ranks. */
function sketchError(of: {
  database: TelemetryDatabase;
  reader: SqliteTelemetryReader;
  endMs: number;
  windowMs: number;
}): number {
  const fromMs = of.endMs - of.windowMs;
  const values = of.database.$client
    .prepare<[number, number], number>(
      `SELECT ttft_us FROM requests WHERE application = (SELECT id FROM dictionary WHERE kind = 1 AND word = '${APPLICATION}')
         AND time_ms >= ? AND time_ms < ? AND ttft_us IS NOT NULL ORDER BY ttft_us`,
    )
    .pluck()
    .all(fromMs, of.endMs);
  const { histogram } = of.reader.aggregate({ application: APPLICATION, measure: "ttft_ms", fromMs, toMs: of.endMs });
  const errors = QUANTILES.map((q) => {
    const exact = values[Math.floor(q * (values.length - 1))];
    const sketched = histogram?.quantile(q);
    if (exact === undefined || sketched === undefined) throw new Error("the window is empty");
    return Math.abs(sketched / exact - 1);
  });
  return Math.max(...errors);
}
