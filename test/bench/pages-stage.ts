/** An installation with many stored requests, a live canary and an intake under load: what the pages are measured on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { demoEnvironment } from "@/server/config";
import { publicInterface, type PublicInterface } from "@/server/demo/public-interface";
import { prepareInstallation, type DemoAccess } from "@/server/demo-installation";
import { benchSpans, encodeProtobuf, randomFrom } from "./genai-spans";

export const APPLICATION = "deploy-assistant";
/** The releases that the stored requests name, by what they are made of. */
const CONTROL = { prompt: "support@2.8", model: "lora@1.9", feature_view: "releases@4" };
const CANDIDATE = { ...CONTROL, feature_view: "releases@5" };

export const POLICY_NAME = "bench";
const POLICY = {
  name: POLICY_NAME,
  allow_self_approval: true,
  segments: ["region"],
  thresholds: {
    p95_ttft_ms: { max: 5000, window: "5m", action: "rollback" },
    p95_duration_ms: { max: 20_000, window: "5m", action: "rollback" },
    error_rate: { max: 0.2, window: "5m", action: "rollback" },
    mean_total_tokens: { max_increase: 0.5, window: "5m", action: "pause_for_review" },
    refusal_rate: { max: 0.5, window: "5m", action: "pause_for_review" },
    mean_output_tokens: { max_increase: 0.9, window: "5m", action: "notify" },
  },
  steps: [{ canary: "10%", min_duration: "24h" }, { soak: "24h" }],
};

export interface Stage {
  url: string;
  intakePort: number;
  /** The supervisor's. */
  pid: number;
  access: DemoAccess;
  manager: PublicInterface;
  rolloutId: string;
  controlId: string;
  candidateId: string;
  /** Spans a second that the intake is sent all the time, 0 where it is left alone. */
  spansPerSecond: number;
  stop: () => Promise<void>;
}

/** Starts the built product on a copy of `telemetryPath` and begins a canary. */
export async function openStage(
  telemetryPath: string,
  { dataDir, isLoaded }: { dataDir: string; isLoaded: boolean },
): Promise<Stage> {
  mkdirSync(dataDir, { recursive: true });
  copyFileSync(telemetryPath, join(dataDir, "telemetry.db"));
  const access = await prepareInstallation(dataDir, "db/control/migrations");
  const [port, intakePort] = [await freePort(), await freePort()];
  const server = spawn(process.execPath, ["--max-semi-space-size=1", "dist/main.js"], {
    stdio: ["ignore", openSync(join(dataDir, "server.log"), "a"), "inherit"],
    env: { ...demoEnvironment(dataDir), PORT: String(port), SWITCHBACK_INTAKE_PORT: String(intakePort) },
  });
  // A benchmark that fails leaves no server behind.
  process.once("exit", () => server.kill("SIGTERM"));
  const url = `http://127.0.0.1:${port}`;
  const intakeUrl = `http://127.0.0.1:${intakePort}`;
  await ready(url);
  const actor = (token: string): PublicInterface => publicInterface({ url, intakeUrl, token });
  const cast = await setScene(actor(access.tokens.manager), actor(access.tokens.pipeline));
  const load = isLoaded ? startLoad(intakeUrl, access.tokens.gateway) : undefined;
  return {
    url,
    intakePort,
    pid: server.pid ?? 0,
    access,
    manager: actor(access.tokens.manager),
    ...cast,
    spansPerSecond: load?.perSecond ?? 0,
    stop: async () => {
      await load?.stop();
      const ended = once(server, "exit");
      server.kill("SIGTERM");
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Signs in as the stage's administrator, without a browser. @returns the cookie. */
export async function signIn({ url, access: { email, password } }: Stage): Promise<string> {
  const answer = await fetch(`${url}/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: url },
    body: new URLSearchParams({ email, password }),
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  if (cookie === "") throw new Error(`signing in was answered with ${answer.status}`);
  return cookie;
}

async function setScene(
  manager: PublicInterface,
  pipeline: PublicInterface,
): Promise<Pick<Stage, "rolloutId" | "controlId" | "candidateId">> {
  const register = async (components: object): Promise<string> =>
    (
      await pipeline.control<{ releaseId: string }>("POST", "/api/v1/releases", {
        application: APPLICATION,
        components,
      })
    ).releaseId;
  const application = `/api/v1/applications/${APPLICATION}`;
  await manager.control("PUT", application, { displayName: "Bench", segments: ["region", "tenant"] });
  await manager.control("PUT", `/api/v1/policies/${POLICY.name}`, POLICY);
  const controlId = await register(CONTROL);
  const candidateId = await register(CANDIDATE);
  await manager.control("PUT", `${application}/aliases/production`, { releaseId: controlId, reason: "first release" });
  const rollout = await manager.control<{ id: string }>("POST", "/api/v1/rollouts", {
    application: APPLICATION,
    alias: "production",
    candidate: candidateId,
    policy: POLICY.name,
  });
  return { rolloutId: rollout.id, controlId, candidateId };
}

const SPANS = 100;
const EVERY_MS = 200;

/** Sends spans as gateways do, all the time, until it is stopped. */
function startLoad(intakeUrl: string, token: string): { perSecond: number; stop: () => Promise<void> } {
  const random = randomFrom(7);
  const stopping = new AbortController();
  const sending = (async () => {
    while (!stopping.signal.aborted) {
      const response = await fetch(`${intakeUrl}/v1/traces`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/x-protobuf" },
        body: Uint8Array.from(encodeProtobuf(benchSpans(SPANS, Date.now(), random))),
      });
      if (!response.ok) throw new Error(`the intake answered ${response.status}: ${await response.text()}`);
      await delay(EVERY_MS);
    }
  })();
  return {
    perSecond: (SPANS * 1000) / EVERY_MS,
    stop: async () => {
      stopping.abort();
      await sending;
    },
  };
}

async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isReady = await fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await delay(100);
  }
  throw new Error(`${url}/readyz does not answer 200`);
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
