/** The intake as the process it is in production: built, started on real files, killed without warning. */
import { fork, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { INGEST_TOKEN, freshControl } from "./intake-support";

/** Beside `db/`, where the process looks for its migrations. */
const BUILT = join(process.cwd(), "test-results", `intake-${process.pid}.mjs`);

/** Bundles `server/intake.ts` as the build does. */
async function buildIntake(): Promise<string> {
  if (existsSync(BUILT)) return BUILT;
  mkdirSync(join(process.cwd(), "test-results"), { recursive: true });
  await build({
    entryPoints: ["server/intake.ts"],
    outfile: BUILT,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    packages: "external",
    alias: { "@": process.cwd() },
    logLevel: "warning",
  });
  return BUILT;
}

export interface IntakeProcess {
  url: string;
  child: ChildProcess;
  /** Resolves with the exit code, or null when a signal ended it. */
  ended: Promise<number | null>;
}

/** One data directory with tokens, on which intakes are started one after the other. */
export class IntakeFolder {
  readonly path = mkdtempSync(join(tmpdir(), "intake-process-"));

  constructor() {
    freshControl(join(this.path, "control.db")).$client.close();
  }

  async start(): Promise<IntakeProcess> {
    const entry = await buildIntake();
    const port = await freePort();
    const child = fork(entry, [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        ...process.env,
        SWITCHBACK_DATA_DIR: this.path,
        SWITCHBACK_INTAKE_PORT: String(port),
        SWITCHBACK_LOG_LEVEL: "warn",
      },
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    await new Promise<void>((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("exit", (code) => reject(new Error(`the intake ended with ${code} before it was ready`)));
    });
    return { url: `http://127.0.0.1:${port}`, child, ended };
  }

  get telemetry(): string {
    return join(this.path, "telemetry.db");
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    rmSync(BUILT, { force: true });
  }
}

/** Sends records; undefined when the process did not answer. */
export async function sendRequests(url: string, requests: readonly object[]): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/api/v1/requests`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${INGEST_TOKEN}` },
      body: JSON.stringify({ requests }),
    });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    // A killed server: connection refused or reset.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
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
