/**
 * How soon a gateway hears of a move: from the commit of the evaluation that decides, and from the click of a person, to
 * the event on the gateway's stream. The first port runs in a process of its own, as in production; this one is the
 * controller, the person and the gateway. Bundle it and run it with the number of moves.
 */
import { randomBytes } from "node:crypto";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { createFirstPort } from "@/server/api/http/first-port";
import { createChangeFeed } from "@/server/api/live/change-feed";
import { appRouter } from "@/server/api/router";
import type { Actor, ControlContext } from "@/server/control/context";
import { createToken } from "@/server/control/create-token";
import { moveAlias } from "@/server/control/move-alias";
import { putPolicy } from "@/server/control/put-policy";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { registerRelease } from "@/server/control/register-release";
import { startRollout } from "@/server/control/start-rollout";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { createGitAccess } from "@/server/integrations/git/git-access";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";

const ON_PRODUCTION = { application: ApplicationId.parse("deploy-assistant"), alias: AliasName.parse("production") };
const MANAGER: Actor = { kind: "person", id: "usr_bench", name: "bench", role: "admin", scopes: [] };
const CONTROLLER: Actor = { kind: "controller", id: "controller", name: "controller", role: null, scopes: [] };
const BREACH: PolicyEvaluation = {
  mode: "window",
  decision: "rollback",
  stepComplete: false,
  findings: [],
  violations: [
    {
      action: "rollback",
      metric: "p95_ttft_ms",
      observed: 910,
      threshold: 850,
      window: "5m",
      message: "p95_ttft_ms=910 exceeds max 850 over 5m",
    },
  ],
  waitingFor: [],
  sentence: "p95_ttft_ms=910 exceeds max 850 over 5m.",
};

const served = process.argv[3];
await (process.argv[2] === "serve" && served !== undefined ? serve(served) : measure(Number(process.argv[2] ?? 50)));

/** The first port over a database, without rendered pages. */
async function serve(path: string): Promise<void> {
  const watch = openControlDatabase(path).$client;
  const log = { info: () => undefined, warn: console.warn, error: console.error };
  const port = createFirstPort({
    deps: {
      control: openControlDatabase(path),
      telemetry: new FakeTelemetry(),
      git: createGitAccess({ root: `${path}.git`, environment: process.env, protocols: [], secretsFolder: path }),
      clock: Date.now,
      log,
      publicUrl: "http://127.0.0.1",
      router: appRouter,
      feed: createChangeFeed(() => Number(watch.pragma("data_version", { simple: true })), log),
      shutdown: new AbortController().signal,
    },
    secret: randomBytes(32).toString("hex"),
    intake: { host: "127.0.0.1", port: 1 },
    version: "0.0.0",
    dev: false,
    clientIpHeader: undefined,
    pages: (_, response) => Promise.resolve(void response.end()),
  });
  const server = createServer(port.listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  process.send?.((server.address() as AddressInfo).port);
  process.on("disconnect", () => process.exit(0));
}

async function measure(moves: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "switchback-bench-live-"));
  const path = join(folder, "control.db");
  const db = openControlDatabase(path);
  migrateControlDatabase(db, "db/control/migrations");
  const as = (actor: Actor): ControlContext => ({ db, nowMs: Date.now(), actor });
  const child = fork(process.argv[1] ?? "", ["serve", path]);
  try {
    const [port] = (await once(child, "message")) as [number];
    const url = `http://127.0.0.1:${port}/api/v1/applications/deploy-assistant`;
    const token = createToken(as(MANAGER), { name: "bench", role: "admin" }).token;
    const releases = ["a@1", "b@1"].map((prompt) =>
      ReleaseId.parse(
        registerRelease(as(MANAGER), { application: ON_PRODUCTION.application, components: { prompt } }).releaseId,
      ),
    );
    await run({ as, moves, url, token, releases });
  } finally {
    stop(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

function stop(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

async function run(given: {
  as: (actor: Actor) => ControlContext;
  moves: number;
  url: string;
  token: string;
  releases: ReleaseId[];
}): Promise<void> {
  const { as, moves, url, token, releases } = given;
  const [good, candidate] = releases;
  if (good === undefined || candidate === undefined) throw new Error("two releases are needed");
  putPolicy(as(MANAGER), { name: "bench", document: { steps: [{ canary: "10%" }] } });
  moveAlias(as(MANAGER), { ...ON_PRODUCTION, releaseId: good, reason: "first" });
  const done = new AbortController();
  const gateway = await follow(`${url}/aliases/production/stream`, token, done.signal);
  await gateway.next();
  const decided: number[] = [];
  const clicked: number[] = [];
  for (let n = 0; n < moves; n++) {
    for (const kind of ["decision", "click"] as const) {
      const mark = { ...ON_PRODUCTION, clearMark: true, cause: "break_glass", reason: "again" } as const;
      moveAlias(as(MANAGER), { ...mark, releaseId: candidate });
      await gateway.next();
      moveAlias(as(MANAGER), { ...mark, releaseId: good });
      await gateway.next();
      const rolloutId = startRollout(as(MANAGER), { ...ON_PRODUCTION, candidate, policy: "bench" }).id;
      const heard = gateway.next();
      if (kind === "decision") {
        recordEvaluation(as(CONTROLLER), { rolloutId, atMs: Date.now(), evaluation: BREACH, codeVersion: "bench" });
        const committedMs = performance.now();
        decided.push((await heard) - committedMs);
      } else {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const clickedMs = performance.now();
        const answer = fetch(`${url}/rollback`, { method: "POST", headers, body: JSON.stringify({ reason: "bench" }) });
        clicked.push((await heard) - clickedMs);
        const { status } = await answer;
        if (status !== 200) throw new Error(`the rollback answered ${status}`);
      }
    }
  }
  done.abort();
  report("commit of the deciding evaluation → gateway", decided);
  report("click → gateway", clicked);
}

/** A gateway's stream: `next` resolves with the time at which the next event arrived. */
async function follow(url: string, token: string, signal: AbortSignal): Promise<{ next: () => Promise<number> }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` }, signal });
  if (response.body === null) throw new Error(`the stream answered ${response.status}`);
  const arrived: number[] = [];
  const waiting: ((ms: number) => void)[] = [];
  const tell = (ms: number): void => {
    const first = waiting.shift();
    if (first === undefined) arrived.push(ms);
    else first(ms);
  };
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) {
      const events = Buffer.from(chunk).toString("utf8").split("event: alias").length - 1;
      for (let n = 0; n < events; n++) tell(performance.now());
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    next: () => {
      const ready = arrived.shift();
      return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
    },
  };
}

function report(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1)} ms`;
  console.log(`${what}: median ${at(0.5)}, p95 ${at(0.95)}, longest ${at(1)} of ${sorted.length}`);
}
