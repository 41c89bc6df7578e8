/** The first port on a real socket over fresh databases. Page rendering alone is left out: it answers `page`. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { createChangeFeed } from "@/server/api/live/change-feed";
import { createFirstPort, type FirstPort } from "@/server/api/http/first-port";
import { appRouter } from "@/server/api/router";
import type { SingleSignOnSettings } from "@/server/auth/single-sign-on";
import { createUser } from "@/server/auth/users";
import { createToken } from "@/server/control/create-token";
import { createGitAccess } from "@/server/integrations/git/git-access";
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import { freshDatabasePath, newWorld, open, SYSTEM, T0, type World } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";

export interface ApiServer extends FirstPort {
  url: string;
  world: World;
  telemetry: FakeTelemetry;
  /** Epoch ms that the server believes in. */
  clock: { nowMs: number };
  /** What was logged as an error or a warning. */
  logged: { level: string; fields: object; message: string }[];
  /** Ends open answers, as a stop signal does. */
  shutdown: AbortController;
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  tokenFor: (holder: { role: Role } | { scopes: TokenScope[] }) => string;
  /** Adds a person and signs in; returns the cookie. */
  signIn: (role: Role) => Promise<string>;
}

interface CallOptions {
  token?: string;
  headers?: Record<string, string>;
  /** Objects are sent as JSON, text as it is. */
  body?: unknown;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body, or undefined. */
  json: unknown;
}

export const PASSWORD = "correct-horse-battery";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function startApi(
  settings: {
    intakePort?: number;
    publicUrl?: string;
    clientIpHeader?: string;
    singleSignOn?: SingleSignOnSettings;
  } = {},
): Promise<ApiServer> {
  const path = freshDatabasePath();
  const world = newWorld(open(path));
  const watch = open(path).$client;
  const clock = { nowMs: T0 };
  const logged: ApiServer["logged"] = [];
  const note = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
  const log = { info: () => undefined, warn: note("warn"), error: note("error") };
  const telemetry = new FakeTelemetry();
  const shutdown = new AbortController();
  const port = createFirstPort({
    deps: {
      control: world.db,
      telemetry,
      git: createGitAccess({
        root: join(dirname(path), "mirrors"),
        environment: { PATH: process.env["PATH"], NODE_ENV: "test" },
        protocols: ["file"],
        secretsFolder: join(dirname(path), "secrets"),
      }),
      clock: () => clock.nowMs,
      log,
      publicUrl: settings.publicUrl ?? "http://127.0.0.1",
      router: appRouter,
      feed: createChangeFeed(() => Number(watch.pragma("data_version", { simple: true })), log),
      shutdown: shutdown.signal,
    },
    secret: "0".repeat(64),
    intake: { host: "127.0.0.1", port: settings.intakePort ?? 1 },
    version: "0.0.0",
    dev: false,
    clientIpHeader: settings.clientIpHeader,
    singleSignOn: settings.singleSignOn,
    pages: (_, response) => Promise.resolve(void response.end("page")),
  });
  const server = createServer(port.listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    shutdown.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    port.close();
  });
  // A listening TCP server has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = (method: string, target: string, options?: CallOptions): Promise<Answer> =>
    callServer(url, method, target, options);
  return {
    ...port,
    url,
    world,
    telemetry,
    clock,
    logged,
    shutdown,
    call,
    tokenFor: (holder) => createToken(world.as(SYSTEM), { name: "test token", ...holder }).token,
    signIn: async (role) => {
      const email = `${role}@example.org`;
      await createUser(world.as(SYSTEM, clock.nowMs), { email, name: role, password: PASSWORD, role });
      const body = new URLSearchParams({ email, password: PASSWORD }).toString();
      const headers = { origin: url, "content-type": "application/x-www-form-urlencoded" };
      const answer = await call("POST", "/sign-in", { headers, body });
      return answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    },
  };
}

async function callServer(url: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { token, headers = {}, body } = options;
  const isText = typeof body === "string";
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || isText ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== "" && /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}
