/** Every read model says the same on the real telemetry store as on the fake that the other tests use. */
import { afterEach, describe, expect, test } from "vitest";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";
import { rollback } from "@/server/control/rollback";
import type { ReadDeps } from "@/server/read/deps";
import { readIncident } from "@/server/read/incident-detail";
import { readOverview } from "@/server/read/overview";
import { listReleaseItems } from "@/server/read/release-list";
import { traceRequest } from "@/server/read/request-trace";
import { readRollbackPreview } from "@/server/read/rollback-preview";
import { readRollbackProgress } from "@/server/read/rollback-progress";
import { readWindows } from "@/server/read/windows-series";
import { packId } from "@/server/store/sqlite/packed-id";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import type { StoredRequest } from "@/server/store/stored-request";
import { request, type FakeTelemetry } from "./fake-telemetry";
import { APP, CANDIDATE, FIRST, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

const open: SqliteTelemetryReader[] = [];
afterEach(() => {
  for (const reader of open.splice(0)) reader.close();
});

/** The same requests, written by the only writer of telemetry. */
function onSqlite(fake: FakeTelemetry): SqliteTelemetryReader {
  const database = openTelemetryDatabase(":memory:");
  migrateTelemetryDatabase(database, "db/telemetry/migrations");
  const writer = new TelemetryWriter(database);
  for (const stored of fake.requests) {
    const facts = { nowMs: stored.receivedMs, segmentKeys: () => ["region", "tenant_tier"], limits: new Map() };
    const { requests } = writer.write({ requests: [toNewRequest(stored)], scores: [] }, facts);
    expect(requests).toEqual(["accepted"]);
  }
  const reader = new SqliteTelemetryReader(database, () => NOW_MS);
  open.push(reader);
  return reader;
}

function toNewRequest(stored: StoredRequest): Parameters<TelemetryWriter["write"]>[0]["requests"][number] {
  const { traceId, spanId, subjectHash, ttftMs, durationMs, costUsd, sources, receivedMs: _, ...rest } = stored;
  return {
    ...rest,
    traceId: traceId === null ? null : packId(traceId),
    spanId: spanId === null ? null : packId(spanId),
    subject: subjectHash === null ? null : Buffer.from(subjectHash, "hex"),
    ttftUs: ttftMs === null ? null : ttftMs * 1_000,
    durationUs: durationMs === null ? null : durationMs * 1_000,
    costNanoUsd: costUsd === null ? null : Math.round(costUsd * 1e9),
    sources: JSON.stringify(sources),
  };
}

/** A canary that fails in one region, rolled back half a minute before `NOW_MS`. */
function told() {
  const story = new Story();
  story.application(["region", "tenant_tier"]);
  story.policy();
  const first = story.release(FIRST);
  const good = story.release(GOOD, { author: "jonas" });
  const candidate = story.release(CANDIDATE, { author: "priya", fingerprints: { releases: "ce667443" } });
  story.move(first, { atMs: NOW_MS - 80 * HOUR_MS });
  story.move(good, { atMs: NOW_MS - 70 * HOUR_MS });
  story.rollout(candidate, { controlId: good, startedAtMs: NOW_MS - HOUR_MS });
  story.traffic({ releaseId: good, fromMs: NOW_MS - 2 * HOUR_MS, toMs: NOW_MS, everyMs: 7_000 });
  story.traffic({
    releaseId: candidate,
    track: "canary",
    fromMs: NOW_MS - HOUR_MS,
    toMs: NOW_MS - 20_000,
    everyMs: 11_000,
    fail: (region, index) => region === "us-west" && index % 3 !== 0,
  });
  const affected = {
    requestId: "affected",
    timeMs: NOW_MS - 10 * MINUTE_MS,
    releaseId: candidate,
    track: "canary",
    region: "us-west",
    segments: { tenant_tier: "team" },
    taskCompleted: false,
    features: [{ view: "releases", name: "recent_failures", value: 7, timestampMs: NOW_MS - 40 * MINUTE_MS }],
    featureFingerprint: "660645c4",
  } as const;
  story.telemetry.add(
    request({ ...affected, features: [...affected.features] }),
    request({
      requestId: "copy",
      timeMs: NOW_MS - MINUTE_MS,
      releaseId: candidate,
      track: "shadow",
      shadowOf: "affected",
    }),
    request({
      requestId: "stranger",
      timeMs: NOW_MS - MINUTE_MS,
      releaseId: "ffffffffff",
      status: "error",
      errorType: "timeout",
    }),
  );
  const { incidentId } = rollback(story.context(NOW_MS - 30_000), {
    application: APP,
    reason: "us-west is off by a day",
  });
  return { story, candidate, incidentId };
}

describe("on the real telemetry store", () => {
  const scene = told();
  const readings: [string, (deps: ReadDeps) => unknown][] = [
    ["the overview", (deps) => readOverview(deps, { application: APP })],
    ["the trace of an affected request", (deps) => traceRequest(deps, { requestId: "affected" })],
    ["the trace of a shadow", (deps) => traceRequest(deps, { requestId: "copy" })],
    ["the trace of a stranger", (deps) => traceRequest(deps, { requestId: "stranger" })],
    ["the preview of a rollback", (deps) => readRollbackPreview(deps, { application: APP })],
    ["the progress of a rollback", (deps) => readRollbackProgress(deps, { incidentId: scene.incidentId })],
    ["an incident", (deps) => readIncident(deps, { incidentId: scene.incidentId })],
    ["the releases", (deps) => listReleaseItems(deps, { application: APP, limit: 50 })],
    [
      "windows of a quantile in a segment",
      (deps) =>
        readWindows(deps, {
          application: APP,
          metric: "p95_ttft_ms",
          releaseId: scene.candidate,
          segment: { key: "region", value: "us-west" },
        }),
    ],
    [
      "overlapping windows of a rate",
      (deps) => readWindows(deps, { application: APP, metric: "task_completion_rate", stepMs: MINUTE_MS }),
    ],
  ];

  test.each(readings)("%s is the same", (_, read) => {
    const { story } = scene;
    expect(read({ ...story.deps(), telemetry: onSqlite(story.telemetry) })).toEqual(read(story.deps()));
  });
});
