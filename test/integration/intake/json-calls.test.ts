/** `POST /api/v1/requests` and `/api/v1/scores` over real HTTP: what is accepted, refused and answered. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toRfc3339 } from "@/server/domain/time";
import { sendAllThenRead } from "@/test/integration/harness/patient-client";
import {
  INGEST_TOKEN,
  MANAGER_TOKEN,
  READ_TOKEN,
  REVOKED_TOKEN,
  runIntake,
  type RunningIntake,
} from "./intake-support";
import { NOW_MS } from "./storage-support";

let intake: RunningIntake;
beforeAll(async () => {
  intake = await runIntake();
});
afterAll(async () => {
  await intake.stop();
});

const REQUESTS = "/api/v1/requests";
const SCORES = "/api/v1/scores";

describe("a batch of requests", () => {
  test("is stored before it is acknowledged, field by field", async () => {
    const request = {
      requestId: "req_8a2",
      application: "deploy-assistant",
      releaseId: "698df6d7ad",
      time: toRfc3339(NOW_MS - 5_000),
      track: "canary",
      traceId: "5B8EFFF798038103D269B633813FC60C",
      subject: "tenant-42:conversation-9",
      region: "us-west",
      segments: { plan: "enterprise", tenant: "acme" },
      errorType: "timeout",
      ttftMs: 412.5,
      durationMs: 1800,
      inputTokens: 512,
      outputTokens: 88,
      costUsd: 0.00042,
      taskCompleted: true,
      scores: { groundedness: 0.91 },
      measures: { queue_ms: 7 },
      attributes: { "server.port": 443 },
      features: [{ view: "releases", name: "failures_7d", value: 5, timestamp: "2026-04-10T09:00:00Z" }],
      featureFingerprint: "ce667443",
      input: "never stored",
    };
    const response = await intake.post(REQUESTS, { requests: [request] });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect(intake.reader.findRequest({ requestId: "req_8a2" })).toMatchObject({
      releaseId: "698df6d7ad",
      releaseSource: "explicit",
      timeMs: NOW_MS - 5_000,
      track: "canary",
      traceId: "5b8efff798038103d269b633813fc60c",
      subjectHash: "776818c111dc3ecb",
      region: "us-west",
      tenant: "acme",
      segments: { plan: "enterprise" },
      status: "error",
      ttftMs: 412.5,
      ttftSide: "client",
      costUsd: 0.00042,
      taskCompleted: true,
      refused: null,
      scores: [{ name: "groundedness", value: 0.91 }],
      features: [{ view: "releases", name: "failures_7d", value: 5, timestampMs: Date.parse("2026-04-10T09:00:00Z") }],
      input: null,
    });
  });

  test("sent twice counts once, and says so", async () => {
    const requests = [{ requestId: "twice", application: "deploy-assistant" }];
    await intake.post(REQUESTS, { requests });
    const again = await intake.post(REQUESTS, { requests });
    expect(await again.json()).toEqual({ accepted: 0, duplicates: 1, rejected: [] });
  });

  test("keeps the good records and names each bad one", async () => {
    const requests = [
      { requestId: "good-1", application: "deploy-assistant" },
      { requestId: "", application: "deploy-assistant" },
      { requestId: "bad-2", application: "Not A Slug" },
      { requestId: "bad-3", ttftMs: -1 },
      "not a record",
      { requestId: "bad-5", time: toRfc3339(NOW_MS + 3 * 86_400_000) },
      { requestId: "good-6" },
    ];
    const response = await intake.post(REQUESTS, { requests });
    const answer: unknown = await response.json();
    expect(answer).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, pointer: "/requestId" },
        { index: 2, pointer: "/application" },
        { index: 3, pointer: "/ttftMs", message: "must not be negative" },
        { index: 4, pointer: "" },
        { index: 5, pointer: "/time" },
      ],
    });
    // The only application there is stands in for one that is not named.
    expect(intake.reader.findRequest({ requestId: "good-6" })?.application).toBe("deploy-assistant");
  });

  test("may come as one JSON object per line; a bad line is refused alone", async () => {
    const body = ['{"requestId":"line-0"}', "", "{broken", '{"requestId":"line-2"}', ""].join("\n");
    const response = await intake.post(REQUESTS, body, { headers: { "content-type": "application/x-ndjson" } });
    expect(await response.json()).toMatchObject({ accepted: 2, rejected: [{ index: 1, pointer: "" }] });
  });

  test("may be compressed", async () => {
    const body = gzipSync(JSON.stringify({ requests: [{ requestId: "zipped" }] }));
    const response = await intake.post(REQUESTS, body, { headers: { "content-encoding": "gzip" } });
    expect(await response.json()).toMatchObject({ accepted: 1 });
  });

  test("without anything in it is accepted", async () => {
    const response = await intake.post(REQUESTS, { requests: [] });
    expect(await response.json()).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
  });

  test("keeps text once the application has turned it on", async () => {
    intake.control.$client.exec("UPDATE applications SET store_content = 1");
    await intake.post(REQUESTS, { requests: [{ requestId: "with-text", input: [{ role: "user" }], output: "hi" }] });
    intake.control.$client.exec("UPDATE applications SET store_content = 0");
    expect(intake.reader.findRequest({ requestId: "with-text" })).toMatchObject({
      input: '[{"role":"user"}]',
      output: "hi",
    });
  });
});

describe("scores", () => {
  test("that come before their request are joined when it arrives", async () => {
    const scores = [{ requestId: "late-1", name: "groundedness", value: 0.7, judge: "judge@3" }];
    const first = await intake.post(SCORES, { scores });
    expect(await first.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
    expect(await (await intake.post(SCORES, { scores })).json()).toMatchObject({ duplicates: 1 });
    await intake.post(REQUESTS, { requests: [{ requestId: "late-1" }] });
    expect(intake.reader.findRequest({ requestId: "late-1" })?.scores).toMatchObject([
      { value: 0.7, judge: "judge@3" },
    ]);
  });

  test("are refused one by one", async () => {
    const scores = [
      { requestId: "late-1", name: "ok", value: 1 },
      { requestId: "late-1", name: "bad" },
    ];
    expect(await (await intake.post(SCORES, { scores })).json()).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1, pointer: "/value" }],
    });
  });
});

describe("a call is refused", () => {
  test.each([
    ["without a token", null, 401],
    ["with an unknown token", "sbk_nobody", 401],
    ["with a revoked token", REVOKED_TOKEN, 401],
    ["with a token of another scope", READ_TOKEN, 403],
  ])("%s", async (_, token, status) => {
    const response = await intake.post(REQUESTS, { requests: [] }, { token });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, detail: expect.stringContaining("token") });
  });

  test("but not with a release manager's token", async () => {
    expect((await intake.post(REQUESTS, { requests: [] }, { token: MANAGER_TOKEN })).status).toBe(200);
  });

  test.each([
    ["that is not JSON", "{", 400],
    ["that is no batch", "{}", 400],
    ["of another shape", '{"requests":{}}', 400],
    ["with too many records", JSON.stringify({ requests: Array.from({ length: 5001 }, () => ({})) }), 413],
    ["that is too large", "x".repeat(5 * 1024 * 1024), 413],
  ])("for a body %s", async (_, body, status) => {
    expect((await intake.post(REQUESTS, body)).status).toBe(status);
  });

  test("for a body that is too large, also to a client that sends everything before it reads", async () => {
    const headers = { authorization: `Bearer ${INGEST_TOKEN}`, "content-type": "application/json" };
    const answer = await sendAllThenRead(`${intake.url}${REQUESTS}`, { bytes: 32 * 1024 * 1024, headers });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test("for a decompression bomb, without unpacking it", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    const response = await intake.post(REQUESTS, bomb, { headers: { "content-encoding": "gzip" } });
    expect(response.status).toBe(413);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("for many bombs at once, with memory for a few of them", async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
    const headers = { "content-encoding": "gzip" };
    const answers = await Promise.all(Array.from({ length: 24 }, async () => intake.post(REQUESTS, bomb, { headers })));
    clearInterval(watch);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([413]));
    // The bombs as sent are 24 · 0.25 MB; unpacked they would be 6 GB. What is not collected yet counts too.
    expect(most - before).toBeLessThan(512 * 1024 * 1024);
  });

  test("for a body that is not what its encoding says, and for other encodings", async () => {
    expect((await intake.post(REQUESTS, "plain", { headers: { "content-encoding": "gzip" } })).status).toBe(400);
    expect((await intake.post(REQUESTS, "plain", { headers: { "content-encoding": "br" } })).status).toBe(415);
  });

  test("for other methods and paths", async () => {
    expect((await fetch(`${intake.url}${REQUESTS}`)).status).toBe(405);
    expect((await intake.post("/api/v1/nothing", {})).status).toBe(404);
  });
});

test("probes and metrics answer without a token", async () => {
  expect((await fetch(`${intake.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${intake.url}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${intake.url}/metrics`)).text();
  expect(metrics).toMatch(/^switchback_intake_records_accepted_total\{source="requests"\} \d+$/m);
  expect(metrics).toMatch(/^switchback_intake_commit_duration_seconds_count \d+$/m);
  expect(intake.errors).toEqual([]);
});
