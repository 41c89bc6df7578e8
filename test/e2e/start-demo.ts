/** Starts the demo as a person would, on free ports, and keeps what it printed for the tests; stops it at the end. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The variable by which the tests find this run's installation: several runs on one machine must not meet. */
export const INSTALLATION_VARIABLE = "SWITCHBACK_E2E_INSTALLATION";

export interface Installation {
  url: string;
  email: string;
  password: string;
  rolloutId: string;
}

/** Playwright's global set-up; the function it returns is the tear-down. */
export default async function startDemo(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), "switchback-e2e-"));
  const [port, intakePort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ["dist/demo.js"], {
    env: {
      ...process.env,
      PORT: String(port),
      SWITCHBACK_INTAKE_PORT: String(intakePort),
      SWITCHBACK_DATA_DIR: dataDir,
      // For the receiver of notifications that a test starts beside it.
      SWITCHBACK_OUTBOUND_ALLOW: "127.0.0.1",
      SWITCHBACK_NOTIFY_E2E: `whsec_${Buffer.from("an-example-key-of-thirty-two-byte").toString("base64")}`,
      // The tests' remotes are folders.
      SWITCHBACK_GIT_PROTOCOLS: "https,ssh,file",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const installation = await told(
    () => printed,
    () => child.exitCode,
  );
  const file = join(dataDir, "installation.json");
  writeFileSync(file, JSON.stringify({ url: `http://127.0.0.1:${port}`, ...installation }));
  process.env[INSTALLATION_VARIABLE] = file;
  return async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
}

/** Reads the sign-in and the rollout from what the demo prints. */
async function told(output: () => string, exitCode: () => number | null): Promise<Omit<Installation, "url">> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && exitCode() === null) {
    const [, email, password] = /Sign in\s+(\S+)\s+(\S+)/.exec(output()) ?? [];
    const [, rolloutId] = /rollout=(rol_\w+)/.exec(output()) ?? [];
    if (email !== undefined && password !== undefined && rolloutId !== undefined) return { email, password, rolloutId };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`the demo did not start:\n${output()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
