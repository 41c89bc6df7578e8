/** The first port and a controller's side work beside it, on a real clock. */
import { copyFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { createFirstPort } from "@/server/api/http/first-port";
import { createChangeFeed } from "@/server/api/live/change-feed";
import { appRouter } from "@/server/api/router";
import { createToken } from "@/server/control/create-token";
import { createGitWatch } from "@/server/controller/git-watch";
import { createOutboxDelivery } from "@/server/controller/outbox-delivery";
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import { createGitAccess, type GitAccess } from "@/server/integrations/git/git-access";
import { createGitDeliverer } from "@/server/integrations/git/write-back";
import { freshDatabasePath, newWorld, open, SYSTEM, type World } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { newFolder } from "./remote";

export interface GitServer {
  url: string;
  world: World;
  /** Where the command line finds the database, for what needs no server. */
  dataDir: string;
  tokenFor: (holder: { role: Role } | { scopes: TokenScope[] }) => string;
  /** Calls the JSON API and fails with the server's words. */
  call: (token: string, method: string, path: string, body?: unknown) => Promise<unknown>;
}

const EVERY_MS = 200;
const SILENT = pino({ level: "silent" });

export async function startGitServer(environment: Record<string, string> = {}): Promise<GitServer> {
  const dataDir = newFolder("data");
  const path = join(dataDir, "control.db");
  copyFileSync(freshDatabasePath(), path);
  const world = newWorld(open(path));
  const watch = open(path).$client;
  const access = (root: string): GitAccess =>
    createGitAccess({
      root,
      environment: { PATH: process.env["PATH"], NODE_ENV: "test", ...environment },
      protocols: ["file"],
      secretsFolder: newFolder("secrets"),
    });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const shutdown = new AbortController();
  const port = createFirstPort({
    deps: {
      control: world.db,
      telemetry: new FakeTelemetry(),
      git: access(newFolder("pages-mirrors")),
      clock: Date.now,
      log,
      publicUrl: "http://127.0.0.1",
      router: appRouter,
      feed: createChangeFeed(() => Number(watch.pragma("data_version", { simple: true })), log),
      shutdown: shutdown.signal,
    },
    secret: "0".repeat(64),
    intake: { host: "127.0.0.1", port: 1 },
    version: "0.0.0",
    dev: false,
    clientIpHeader: undefined,
    pages: (_, response) => Promise.resolve(void response.end("page")),
  });
  const server = createServer(port.listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stopController = runController(world, access(newFolder("controller-mirrors")));
  onTestFinished(async () => {
    await stopController();
    shutdown.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    port.close();
  });
  // A listening TCP server has an address with a port.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    world,
    dataDir,
    tokenFor: (holder) => createToken(world.as(SYSTEM, Date.now()), { name: "test token", ...holder }).token,
    call: async (token, method, target, body) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${url}${target}`, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
      return JSON.parse(text) as unknown;
    },
  };
}

/** The side work of a controller's ticks. */
function runController(world: World, git: GitAccess): () => Promise<void> {
  const incidentUrl = ({ incidentId }: { incidentId: string }): string => `http://127.0.0.1/incidents/${incidentId}`;
  const deliverers = { git: createGitDeliverer({ control: world.db, git, incidentUrl }) };
  const works = [
    createGitWatch({ control: world.db, git, log: SILENT }),
    createOutboxDelivery({ control: world.db, log: SILENT, clock: Date.now, deliverers }),
  ];
  const timer = setInterval(() => {
    for (const work of works) work.start(Date.now());
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(works.map((work) => work.stop()));
  };
}
