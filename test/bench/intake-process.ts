/** The intake as the process it is in production, on a data directory of its own, and what it costs. */
import { fork, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { NODE_FLAGS } from "@/server/node-flags";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";

/** A token that may send telemetry to an intake started by `withIntake`. */
export const TOKEN = `sbk_${"b".repeat(43)}`;

export interface BenchIntake {
  port: number;
  /** Processor time of the intake's process so far, seconds. */
  cpuSeconds: () => number;
  residentMib: () => number;
  /** Ends the intake and leaves its files: the caller removes `folder`. */
  finish: () => Promise<{ folder: string }>;
}

/** Runs an intake (`entry` is a built `intake.js`) for as long as `work` takes, on a copy of `stored` if it is given. */
export async function withIntake<T>(
  { entry, stored }: { entry: string; stored?: string },
  work: (intake: BenchIntake) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "bench-intake-"));
  if (stored !== undefined) copyFileSync(stored, join(folder, "telemetry.db"));
  prepareControl(join(folder, "control.db"));
  const port = await freePort();
  const child = fork(entry, [], {
    execArgv: [...process.execArgv, ...NODE_FLAGS.intake],
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
      residentMib: () => residentMib(child.pid ?? 0),
      finish: async () => {
        await stop(child);
        keep = true;
        return { folder };
      },
    });
  } finally {
    await stop(child);
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

function prepareControl(path: string): void {
  const control = openControlDatabase(path);
  migrateControlDatabase(control, "db/control/migrations");
  control.$client
    .prepare(
      `INSERT INTO tokens (id, name, hash, prefix, scopes, created_at_ms, created_by)
       VALUES ('tok_b', 'bench', ?, 'sbk_', '["ingest"]', 0, 'bench')`,
    )
    .run(createHash("sha256").update(TOKEN).digest("hex"));
  control.$client.close();
}

/** Size of the database file per request in it, write-ahead log folded in. */
export function bytesPerRequest(path: string): number {
  const database = new Database(path);
  database.pragma("wal_checkpoint(TRUNCATE)");
  const count = Number(database.prepare("SELECT count(*) FROM request_keys").pluck().get());
  database.close();
  return statSync(path).size / count;
}

/** Resident memory of a process, MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
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

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
