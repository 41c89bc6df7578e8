/**
 * Measures the intake as a client sees it: gzip batches of 500 GenAI spans over HTTP, acknowledged after the commit, beside
 * the floor of the same run: bare prepared inserts of the same rows and indexes. Prints a table.
 */
import { fork, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { benchSpans, encodeJson, encodeProtobuf, randomFrom } from "./genai-spans";
import { bareInserts } from "./bare-inserts";

const BATCH = 500;
const CONNECTIONS = 8;
const TOKEN = `sbk_${"b".repeat(43)}`;

/** By the clock, and per second of processor time: the second moves less with what else runs on the machine. */
export interface Rate {
  perSecond: number;
  perCpuSecond: number;
}

export interface IntakeFigures {
  protobuf: Rate;
  json: Rate;
  bareInserts: Rate;
  bytesPerRequest: number;
  residentMib: number;
}

/** Runs the intake that `entry` holds (a built `intake.js`) through both encodings. */
export async function benchIntake({ entry, spans }: { entry: string; spans: number }): Promise<IntakeFigures> {
  const protobuf = await withIntake(entry, async (intake) => {
    const measured = await rate(intake, {
      encode: encodeProtobuf,
      type: "application/x-protobuf",
      spans,
      seed: 1,
    });
    return { measured, ...(await intake.sizes()) };
  });
  const json = await withIntake(entry, async (intake) =>
    rate(intake, { encode: encodeJson, type: "application/json", spans: Math.ceil(spans / 2), seed: 2 }),
  );
  const folder = mkdtempSync(join(tmpdir(), "bench-floor-"));
  const floor = bareInserts(join(protobuf.folder, "telemetry.db"), join(folder, "floor.db"));
  rmSync(folder, { recursive: true });
  rmSync(protobuf.folder, { recursive: true });
  return {
    protobuf: protobuf.measured,
    json,
    bareInserts: floor,
    bytesPerRequest: protobuf.bytesPerRequest,
    residentMib: protobuf.residentMib,
  };
}

interface BenchIntake {
  port: number;
  /** Processor time of the intake's process so far, seconds. */
  cpuSeconds: () => number;
  /** Checkpoints and measures. */
  sizes: () => Promise<{ folder: string; bytesPerRequest: number; residentMib: number }>;
}

/** The rate of protobuf into a database that holds requests already: a copy of `stored`. */
export async function benchIntakeOn(stored: string, { entry, spans }: { entry: string; spans: number }): Promise<Rate> {
  return withIntake(
    entry,
    async (intake) => rate(intake, { encode: encodeProtobuf, type: "application/x-protobuf", spans, seed: 3 }),
    stored,
  );
}

async function withIntake<T>(entry: string, work: (intake: BenchIntake) => Promise<T>, stored?: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-intake-"));
  if (stored !== undefined) copyFileSync(stored, join(folder, "telemetry.db"));
  const control = openControlDatabase(join(folder, "control.db"));
  migrateControlDatabase(control, "db/control/migrations");
  control.$client
    .prepare(
      `INSERT INTO tokens (id, name, hash, prefix, scopes, created_at_ms, created_by)
       VALUES ('tok_b', 'bench', ?, 'sbk_', '["ingest"]', 0, 'bench')`,
    )
    .run(createHash("sha256").update(TOKEN).digest("hex"));
  control.$client.close();
  const port = await freePort();
  const child = fork(entry, [], {
    env: {
      ...process.env,
      SWITCHBACK_DATA_DIR: folder,
      SWITCHBACK_INTAKE_PORT: String(port),
      SWITCHBACK_LOG_LEVEL: "warn",
    },
  });
  await new Promise<void>((resolve, reject) => {
    child.once("message", () => resolve());
    child.once("exit", (code) => reject(new Error(`the intake ended with ${code}`)));
  });
  let keep = false;
  try {
    return await work({
      port,
      cpuSeconds: () => cpuSecondsOf(child),
      sizes: async () => {
        const residentMib = residentOf(child);
        await stop(child);
        keep = true;
        return { folder, residentMib, bytesPerRequest: bytesPerRequest(join(folder, "telemetry.db")) };
      },
    });
  } finally {
    await stop(child);
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

async function rate(
  { port, cpuSeconds }: BenchIntake,
  load: { encode: (spans: ReturnType<typeof benchSpans>) => Buffer; type: string; spans: number; seed: number },
): Promise<Rate> {
  const random = randomFrom(load.seed);
  const nowMs = Date.now();
  const bodies = Array.from({ length: Math.ceil(load.spans / BATCH) }, () =>
    gzipSync(load.encode(benchSpans(BATCH, nowMs, random))),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const target = { port, agent, type: load.type };
  // The first batches warm the compiler up, as hours of traffic would.
  const warm = bodies.splice(0, Math.min(40, Math.floor(bodies.length / 5)));
  await sendAll(target, warm);
  const cpuBefore = cpuSeconds();
  const startedMs = performance.now();
  await sendAll(target, bodies);
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = cpuSeconds() - cpuBefore;
  agent.destroy();
  const spans = bodies.length * BATCH;
  return { perSecond: spans / seconds, perCpuSecond: spans / cpu };
}

interface Target {
  port: number;
  agent: Agent;
  type: string;
}

async function sendAll(target: Target, bodies: readonly Buffer[]): Promise<void> {
  const queue = [...bodies];
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let body = queue.pop(); body !== undefined; body = queue.pop()) await send(target, body);
    }),
  );
}

/** Sends one batch; one that is turned away for load is sent again, as an exporter would. */
async function send(target: Target, body: Buffer): Promise<void> {
  const status = await post(target, body);
  if (status === 429 || status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return send(target, body);
  }
  if (status !== 200) throw new Error(`the intake answered ${status}`);
}

async function post({ port, agent, type }: Target, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": type,
      "content-encoding": "gzip",
      "content-length": body.length,
      authorization: `Bearer ${TOKEN}`,
    };
    const call = request({ port, agent, method: "POST", path: "/v1/traces", headers }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    call.once("error", reject);
    call.end(body);
  });
}

function bytesPerRequest(path: string): number {
  const database = new Database(path);
  database.pragma("wal_checkpoint(TRUNCATE)");
  const { count } = database.prepare<[], { count: number }>("SELECT count(*) AS count FROM requests").get() ?? {
    count: 0,
  };
  database.close();
  return statSync(path).size / count;
}

function residentOf(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** User and system time, in the kernel's ticks of 10 ms. */
function cpuSecondsOf(child: ChildProcess): number {
  const [, , , , , , , , , , , user = "0", system = "0"] = readFileSync(`/proc/${child.pid}/stat`, "utf8")
    .replace(/\(.*\)/, "()")
    .split(" ")
    .slice(2);
  return (Number(user) + Number(system)) / 100;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
