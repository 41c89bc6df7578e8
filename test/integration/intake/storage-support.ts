/** A fresh telemetry database in memory, and requests to put into it. */
import { migrateTelemetryDatabase, openTelemetryDatabase, type TelemetryDatabase } from "@/db/telemetry/open";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter, type WriteFacts } from "@/server/store/sqlite/telemetry-writer";
import type { NewRequest, NewScore } from "@/server/store/sqlite/new-request";

export const NOW_MS = Date.parse("2026-04-10T12:00:03.000Z");

export function freshTelemetry(path = ":memory:"): TelemetryDatabase {
  const database = openTelemetryDatabase(path);
  migrateTelemetryDatabase(database, "db/telemetry/migrations");
  return database;
}

export function factsAt(nowMs: number, over: Partial<WriteFacts> = {}): WriteFacts {
  return {
    nowMs,
    segmentKeys: () => ["region", "tenant"],
    evidenceKeys: () => ["region"],
    limits: new Map(),
    ...over,
  };
}

export function newRequest(over: Partial<NewRequest> = {}): NewRequest {
  return {
    application: "deploy-assistant",
    requestId: "req_1",
    timeMs: NOW_MS - 2_000,
    releaseId: "698df6d7ad",
    releaseSource: "explicit",
    track: "control",
    shadowOf: null,
    traceId: null,
    spanId: null,
    responseId: null,
    subject: null,
    region: null,
    tenant: null,
    segments: null,
    status: "ok",
    errorType: null,
    refused: null,
    toxic: null,
    policyViolation: null,
    taskCompleted: null,
    ttftUs: null,
    ttftSide: null,
    durationUs: null,
    inputTokens: null,
    outputTokens: null,
    reasoningTokens: null,
    costNanoUsd: null,
    scores: [],
    features: [],
    featureFingerprint: null,
    measures: null,
    attributes: null,
    input: null,
    output: null,
    sources: null,
    flags: [],
    ...over,
  };
}

export function newScore(over: Partial<NewScore> = {}): NewScore {
  return {
    targetKind: "request",
    target: "req_1",
    name: "groundedness",
    value: 0.8,
    judge: "judge@3",
    timeMs: NOW_MS,
    ...over,
  };
}

/** A writer and a reader on one fresh database; `write` stores requests that arrive at `nowMs`. */
export function store(nowMs = NOW_MS) {
  const database = freshTelemetry();
  const writer = new TelemetryWriter(database);
  const reader = new SqliteTelemetryReader(database, () => nowMs + 60_000);
  const write = (requests: NewRequest[], atMs = nowMs) =>
    writer.write({ requests, scores: [] }, factsAt(atMs)).requests;
  return { database, writer, reader, write };
}
