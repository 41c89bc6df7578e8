/**
 * The intake's files may not grow any more, by the system's own limit on file sizes (`prlimit`, which a plain user may
 * lower and raise again): what is refused is not stored, what was acknowledged is, and it goes on when there is room.
 */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { toRfc3339 } from "@/server/domain/time";
import { INGEST_TOKEN } from "./intake-support";
import { IntakeFolder, type IntakeProcess } from "./intake-process";

const BATCH = 500;
const MOST_BATCHES = 100;

let folder: IntakeFolder;
beforeAll(() => {
  folder = new IntakeFolder();
});
afterAll(() => {
  folder.remove();
});

/** Sets the limit that a process meets; the one up to which it may be raised again stays. */
function limitFiles({ child }: IntakeProcess, bytes: string): void {
  execFileSync("prlimit", [`--pid=${child.pid}`, `--fsize=${bytes}:`]);
}

function batch(number: number): object[] {
  const time = toRfc3339(Date.now() - 60_000);
  return Array.from({ length: BATCH }, (_, at) => ({
    requestId: `request-${number}-${at}`,
    releaseId: "698df6d7ad",
    time,
    ttftMs: 100 + at,
    attributes: { note: `${number} ${at} ${"x".repeat(300)}` },
  }));
}

async function send(
  { url }: IntakeProcess,
  requests: object[],
): Promise<{ status: number; retryAfter: string | null }> {
  const response = await fetch(`${url}/api/v1/requests`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${INGEST_TOKEN}` },
    body: JSON.stringify({ requests }),
  });
  await response.arrayBuffer();
  return { status: response.status, retryAfter: response.headers.get("retry-after") };
}

test("a full disk is 503 with Retry-After; when there is room again everything is stored once", async () => {
  const intake = await folder.start();
  expect((await send(intake, batch(0))).status).toBe(200);
  limitFiles(intake, String(statSync(`${folder.telemetry}-wal`).size + 1_000_000));
  let sent = 1;
  let answer = await send(intake, batch(sent));
  while (answer.status === 200 && sent < MOST_BATCHES) answer = await send(intake, batch(++sent));
  expect(answer).toEqual({ status: 503, retryAfter: "2" });
  // It stays that way, and the process lives.
  expect((await send(intake, batch(sent))).status).toBe(503);
  expect((await fetch(`${intake.url}/healthz`)).status).toBe(200);
  const reader = new SqliteTelemetryReader(openTelemetryForReading(folder.telemetry));
  const range = { application: "deploy-assistant", fromMs: 0, toMs: Date.now() + 60_000 };
  expect(reader.aggregate({ ...range, measure: "requests" }).count).toBe(sent * BATCH);

  limitFiles(intake, "unlimited");
  expect((await send(intake, batch(sent))).status).toBe(200);
  expect(reader.aggregate({ ...range, measure: "requests" }).count).toBe((sent + 1) * BATCH);
  expect(reader.aggregate({ ...range, measure: "ttft_ms" }).count).toBe((sent + 1) * BATCH);
  expect(reader.findRequest({ requestId: `request-${sent}-${BATCH - 1}` })).toBeDefined();
  reader.close();
  intake.child.kill("SIGTERM");
  expect(await intake.ended).toBe(0);
});
