/**
 * A hundred thousand bodies that are wrong in every way: each is answered, none with 500, none for long, none leaves
 * memory behind, and what was taken of them is counted as it was stored. The decoders alone are held against a library in
 * `otlp-decode.test.ts`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { CommitQueue } from "@/server/telemetry/commit-queue";
import { failureOf } from "@/server/telemetry/intake-answer";
import {
  takeLogs,
  takeRequests,
  takeScores,
  takeTraces,
  type Call,
  type IntakeParts,
} from "@/server/telemetry/intake-calls";
import { IntakeMetrics } from "@/server/telemetry/intake-metrics";
import { HostileBodies, type HostileBody } from "./hostile-bodies";
import { freshControl, INGEST_TOKEN, runIntake } from "./intake-support";
import { factsAt, freshTelemetry, NOW_MS } from "./storage-support";

/** More by hand: `FUZZ_BODIES=10000000`. */
const BODIES = Number(process.env["FUZZ_BODIES"] ?? 100_000);
/** Another one by hand: `FUZZ_SEED=7`. */
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_260_410);
/** Bodies that are on their way at a time. */
const TOGETHER = 200;
const OVER_HTTP = 2_000;
/** Twenty seconds on a machine that has time. */
const TIMEOUT_MS = 300_000;
const LONGEST_CPU_MS = 1_000;
/** The dictionary and the memory of recent ids are bounded, but not full after the first tenth. */
const MOST_GROWTH_MIB = 16;

const TAKE = {
  "/v1/traces": takeTraces,
  "/v1/logs": takeLogs,
  "/api/v1/requests": takeRequests,
  "/api/v1/scores": takeScores,
} as const;

setFlagsFromString("--expose-gc");
// The flag has just made this function of V8's.
const collectGarbage = runInNewContext("gc") as () => void;

function liveMib(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

/** What a call answers, and the processor time of its decoding and mapping, which hold up everybody else. */
async function answerTo(parts: IntakeParts, hostile: HostileBody): Promise<{ status: number; cpuMs: number }> {
  const before = process.cpuUsage();
  const call: Call = { body: hostile.body, contentType: hostile.contentType };
  const answer = TAKE[hostile.path](parts, call);
  const { user, system } = process.cpuUsage(before);
  const status = await answer.then(
    (given) => given.status,
    (error: unknown) => {
      const failed = failureOf(error);
      if (failed.cause !== undefined) throw new Error(`${hostile.path} was not answered`, { cause: failed.cause });
      return failed.status;
    },
  );
  return { status, cpuMs: (user + system) / 1000 };
}

test(
  `${BODIES} bodies (seed ${SEED}) are answered, and what was taken is counted as stored`,
  { timeout: TIMEOUT_MS },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
    const control = freshControl(join(folder, "control.db"));
    const telemetry = freshTelemetry(join(folder, "telemetry.db"));
    const facts = new ControlFacts(join(folder, "control.db"));
    facts.refresh();
    const metrics = new IntakeMetrics();
    const queue = new CommitQueue({
      writer: new TelemetryWriter(telemetry),
      facts: () => factsAt(NOW_MS),
      clock: () => NOW_MS,
      observer: metrics,
      isReading: () => false,
    });
    const parts: IntakeParts = { queue, facts, metrics, clock: () => NOW_MS };
    const bodies = new HostileBodies(SEED);
    const statuses = new Map<number, number>();
    let startMib = 0;
    let longestMs = 0;
    for (let sent = 0; sent < BODIES; sent += TOGETHER) {
      const answers = await Promise.all(Array.from({ length: TOGETHER }, async () => answerTo(parts, bodies.next())));
      for (const { status, cpuMs } of answers) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        longestMs = Math.max(longestMs, cpuMs);
      }
      if (sent === BODIES / 10) startMib = liveMib();
    }
    expect(longestMs).toBeLessThan(LONGEST_CPU_MS);
    expect(new Set(statuses.keys())).toEqual(new Set([200, 400]));
    for (const count of statuses.values()) expect(count).toBeGreaterThan(BODIES / 10);
    expect(liveMib() - startMib).toBeLessThan(MOST_GROWTH_MIB);

    const reader = new SqliteTelemetryReader(openTelemetryForReading(join(folder, "telemetry.db")), () => NOW_MS);
    const stored = telemetry.$client
      .prepare<[], { application: string; count: number }>(
        "SELECT d.word AS application, count(*) AS count FROM requests r JOIN dictionary d ON d.id = r.application GROUP BY 1",
      )
      .all();
    expect(stored.length).toBeGreaterThan(1);
    for (const { application, count } of stored) {
      const range = { application, measure: "requests", fromMs: 0, toMs: NOW_MS * 2 };
      expect([application, reader.aggregate(range).count]).toEqual([application, count]);
    }
    expect(telemetry.$client.pragma("integrity_check", { simple: true })).toBe("ok");
    reader.close();
    facts.close();
    for (const database of [telemetry, control]) database.$client.close();
    rmSync(folder, { recursive: true });
  },
);

test(`${OVER_HTTP} of them over HTTP, compressed or said to be, are answered and leave the listener well`, async () => {
  const intake = await runIntake();
  const bodies = new HostileBodies(SEED + 1);
  const encodings = ["identity", "gzip", "deflate", "br", "gzip, gzip", ""];
  const statuses = new Set<number>();
  for (let sent = 0; sent < OVER_HTTP; sent += 20) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const { path, contentType, body } = bodies.next();
        const encoding = encodings[at % encodings.length] ?? "";
        const packed = encoding === "gzip" && at % 4 !== 1 ? gzipSync(body) : body;
        const headers = {
          "content-type": at % 19 === 18 ? "text/html" : contentType,
          ...(encoding === "" ? {} : { "content-encoding": encoding }),
        };
        return intake.post(path, new Uint8Array(packed), { token: INGEST_TOKEN, headers });
      }),
    );
    for (const answer of answers) {
      statuses.add(answer.status);
      await answer.arrayBuffer();
    }
  }
  expect(statuses).toEqual(new Set([200, 400, 415]));
  expect(intake.errors).toEqual([]);
  expect((await intake.post("/api/v1/requests", { requests: [{ requestId: "well" }] })).status).toBe(200);
  await intake.stop();
});
