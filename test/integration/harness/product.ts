/** Starts the built product as people do (`npm start`), in a data directory of its own and on free ports. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Product {
  url: string;
  intakeUrl: string;
  dataDir: string;
  process: ChildProcess;
  /** Everything it printed, for the message of a failed test. */
  output: () => string;
  /** Makes a token through the command line, as an installation script would. */
  createToken: (...flags: string[]) => string;
  /** SIGTERM. @throws Error when it does not end cleanly. */
  stop: () => Promise<void>;
}

/** Ready when it returns. Settings beyond the ports and the data directory go into `environment`. */
export async function startProduct(environment: Record<string, string> = {}): Promise<Product> {
  const dataDir = mkdtempSync(join(tmpdir(), "switchback-"));
  const [port, intakePort] = [await freePort(), await freePort()];
  const settings = {
    ...process.env,
    NODE_ENV: "production" as const,
    PORT: String(port),
    SWITCHBACK_INTAKE_PORT: String(intakePort),
    SWITCHBACK_DATA_DIR: dataDir,
    SWITCHBACK_LOG_LEVEL: "warn",
    SWITCHBACK_TICK_MS: "500",
    ...environment,
  };
  const child = spawn(process.execPath, ["dist/main.js"], { env: settings, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const url = `http://127.0.0.1:${port}`;
  await waitFor(`${url}/readyz`, child, () => printed);
  return {
    url,
    intakeUrl: `http://127.0.0.1:${intakePort}`,
    dataDir,
    process: child,
    output: () => printed,
    createToken: (...flags) => {
      const answer = execFileSync(
        process.execPath,
        ["dist/switchback.js", "token", "create", "--name", "test", ...flags, "--json"],
        { env: settings, encoding: "utf8" },
      );
      return (JSON.parse(answer) as { token: string }).token;
    },
    stop: async () => {
      const code = await stopProcess(child);
      rmSync(dataDir, { recursive: true, force: true });
      if (code !== 0) throw new Error(`the product ended with ${code}:\n${printed}`);
    },
  };
}

/** Calls the product and parses the answer; a refusal is an error with the server's words. */
export async function callProduct<T>(
  target: { url: string; token: string },
  request: { method?: string; path: string; body?: unknown },
): Promise<T> {
  const response = await fetch(new URL(request.path, target.url), {
    method: request.method ?? (request.body === undefined ? "GET" : "POST"),
    headers: { authorization: `Bearer ${target.token}`, "content-type": "application/json" },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.method ?? ""} ${request.path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Polls until `probe` gives something, and fails with the last answer after `timeoutMs`. */
export async function eventually<T>(probe: () => Promise<T | undefined>, timeoutMs: number, what: string): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function waitFor(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}:\n${output()}`);
    const ready = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    if (Date.now() > deadline) throw new Error(`not ready after 60 s:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("exit", (code) => resolve(code));
    child.kill("SIGTERM");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
