/** The built product as one process tree: it starts, survives a crash of each part, and leaves nothing behind. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { readEvents } from "./event-reader";

const ROOT = join(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "dist/main.js");

interface Installation {
  url: string;
  process: ChildProcess;
  /** Everything that was printed. */
  output: () => string;
  ended: Promise<number | null>;
  /** Process id of a part, by its name. */
  part: (name: string) => number | undefined;
}

const folders: string[] = [];
const running: ChildProcess[] = [];

beforeAll(() => {
  if (!existsSync(MAIN) || !existsSync(join(ROOT, ".next/BUILD_ID"))) throw new Error("run `npm run build` first");
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function start(environment: Record<string, string> = {}): Promise<Installation> {
  const dataDir = join(mkdtempSync(join(tmpdir(), "switchback-process-")), "data");
  folders.push(dataDir);
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      PORT: String(port),
      SWITCHBACK_INTAKE_PORT: String(await freePort()),
      SWITCHBACK_DATA_DIR: dataDir,
      SWITCHBACK_TICK_MS: "200",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    url: `http://127.0.0.1:${port}`,
    process: child,
    output: () => output,
    ended: new Promise((resolve) => child.once("exit", resolve)),
    part: (name) => childrenOf(child.pid ?? 0).find((pid) => commandOf(pid).includes(`dist/${name}.js`)),
  };
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Waits until `check` holds, at most 40 s. */
async function until(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 40_000;
  while (!(await check())) {
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}`);
    await pause(50);
  }
}

const isReady = (url: string) => (): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    (response) => response.status === 200,
    () => false,
  );

describe("npm start", () => {
  test("is ready, says where, and ends cleanly on SIGTERM with nothing left behind", async () => {
    const installation = await start();
    await until(isReady(installation.url), "it is ready");
    expect(installation.output()).toContain(`Switchback is ready: ${installation.url}\n`);
    const parts = ["intake", "controller", "pages"].map((name) => installation.part(name) ?? 0);
    const setup = await fetch(installation.url);
    expect(setup.url).toBe(`${installation.url}/setup`);
    expect(await setup.text()).toContain("Set up the administrator");
    installation.process.kill("SIGTERM");
    expect(await installation.ended).toBe(0);
    expect(parts.map(commandOf)).toEqual(["", "", ""]);
  });

  test("starts a killed part again", async () => {
    const installation = await start();
    await until(isReady(installation.url), "it is ready");
    for (const name of ["pages", "intake", "controller"]) {
      const pid = installation.part(name) ?? 0;
      process.kill(pid, "SIGKILL");
      await until(() => ![undefined, pid].includes(installation.part(name)), `${name} has been started again`);
    }
    await until(isReady(installation.url), "it is ready again");
    installation.process.kill("SIGTERM");
    expect(await installation.ended).toBe(0);
  });

  test("takes its parts along when it is killed itself", async () => {
    const installation = await start();
    await until(isReady(installation.url), "it is ready");
    const parts = ["intake", "controller", "pages"].map((name) => installation.part(name) ?? 0);
    installation.process.kill("SIGKILL");
    await until(() => parts.every((pid) => commandOf(pid) === ""), "its parts have ended");
    expect(await installation.ended).toBeNull();
  });

  test("is not held up by an open stream", async () => {
    const installation = await start();
    await until(isReady(installation.url), "it is ready");
    const stream = await readEvents(
      `${installation.url}/api/v1/events?application=a`,
      await signInAsFirst(installation),
    );
    expect(stream.status).toBe(200);
    const stoppedMs = performance.now();
    installation.process.kill("SIGTERM");
    expect(await stream.next()).toBeUndefined();
    expect(await installation.ended).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(8_000);
  });

  test("ends with 1 and the remedy when its port is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const installation = await start({ PORT: String(port) });
    expect(await installation.ended).toBe(1);
    expect(installation.output()).toContain(`port ${port} is taken`);
    await new Promise((resolve) => server.close(resolve));
  });

  test("refuses settings that make no sense by their names", async () => {
    const installation = await start({ PORT: "eighty" });
    expect(await installation.ended).toBe(1);
    expect(installation.output()).toMatch(/Settings are wrong:\s+PORT: must be a number/);
  });
});

/** Sets up the administrator with the code from the log, and returns the headers of a signed-in browser. */
async function signInAsFirst({ url, output }: Installation): Promise<Record<string, string>> {
  const code = /"code":"([A-Z2-9-]+)"/.exec(output())?.[1] ?? "";
  const response = await fetch(`${url}/setup`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ code, name: "Ada", email: "ada@example.org", password: "correct-horse-battery" }),
  });
  return { cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
}
