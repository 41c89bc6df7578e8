/** The pages process: builds the parts of the first port and wires them. Decides nothing itself. */
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { toNodeHandler } from "better-auth/node";
import createNext from "next";
import { openControlDatabase } from "@/db/control/open";
import { createCaller } from "@/server/api/caller";
import { createContext, type ApiDeps } from "@/server/api/context";
import { publishApiHandle } from "@/server/api/handle";
import { createIntakeProxy } from "@/server/api/http/intake-proxy";
import { createListener } from "@/server/api/http/listener";
import { createProbes } from "@/server/api/http/probes";
import { createTrpcHandler } from "@/server/api/http/trpc-handler";
import { createRestHandler } from "@/server/api/rest/handler";
import { appRouter } from "@/server/api/router";
import { createAuth } from "@/server/auth/auth";
import { createFirstRun } from "@/server/auth/first-run";
import { handleForm } from "@/server/auth/forms";
import { identify } from "@/server/auth/identify";
import { loadAuthSecret } from "@/server/auth/secret";
import { EXIT_FATAL } from "./child";
import { readConfig, type Config } from "./config";
import { createLog } from "./log";

/** Open requests get this long to end before their connections are cut, ms. */
const STOP_GRACE_MS = 1_500;

const config = readConfig();
const dev = process.argv.includes("--dev");
const log = createLog("pages", config.logLevel);
await serve();

async function serve(): Promise<void> {
  const control = openControlDatabase(join(config.dataDir, "control.db"));
  const deps: ApiDeps = { control, clock: Date.now, log, publicUrl: config.publicUrl };
  const auth = createAuth({ control, secret: loadAuthSecret(config.dataDir), publicUrl: config.publicUrl, log });
  const firstRun = createFirstRun({ control, clock: deps.clock });
  const who = { auth, control, clock: deps.clock };
  publishApiHandle({
    callerFor: async (headers) => {
      const { actor } = await identify(who, { cookie: headers.get("cookie") ?? undefined });
      return createCaller(createContext(deps, { actor, requestId: headers.get("x-request-id") ?? "page" }));
    },
  });

  const pages = createNext({ dev, dir: join(import.meta.dirname, ".."), customServer: true });
  await pages.prepare();
  const proxy = createIntakeProxy({ host: intakeHost(config), port: config.intakePort }, log);
  const server = createServer(
    createListener({
      deps,
      dev,
      proxy,
      probes: createProbes({ deps, intake: { host: intakeHost(config), port: config.intakePort } }),
      auth: toNodeHandler(auth),
      forms: (request, response) => handleForm({ auth, firstRun }, request, response),
      identify: (request) => identify(who, request.headers),
      needsSetup: firstRun.isNeeded,
      trpc: createTrpcHandler(appRouter, deps),
      api: createRestHandler(appRouter, deps),
      pages: pages.getRequestHandler(),
    }),
  );
  if (dev) reloadOnChange(server, pages.getUpgradeHandler());
  await listen(server);
  if (firstRun.code !== undefined) {
    log.warn(
      { code: firstRun.code, url: `${config.publicUrl}/setup` },
      "nobody can sign in yet: set up the administrator",
    );
  }
  stopOnSignal(() => {
    server.close();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS).unref();
    server.once("close", () => {
      proxy.close();
      control.$client.close();
      process.exit(0);
    });
  });
  process.send?.("ready");
}

/** While developing, pages reload over a web socket. */
function reloadOnChange(server: Server, upgrade: ReturnType<ReturnType<typeof createNext>["getUpgradeHandler"]>): void {
  server.on("upgrade", (request, socket, head) => {
    upgrade(request, socket, head).catch((error: unknown) => {
      log.warn({ err: error }, "the reload socket failed");
      socket.destroy();
    });
  });
}

/** Where the intake listens as seen from here: loopback when it listens everywhere. */
function intakeHost({ host }: Config): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      log.fatal({ err: error, host: config.host, port: config.port }, listenRemedy(error));
      process.exit(EXIT_FATAL);
    });
    server.listen(config.port, config.host, resolve);
  });
}

function listenRemedy(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return `port ${config.port} is taken: stop what uses it, or set PORT`;
  return `cannot listen on ${config.host}:${config.port}: check HOST and PORT`;
}

/** Once, on a signal, or when the supervisor is gone: without it nobody would restart or stop this process. */
function stopOnSignal(stop: () => void): void {
  let stopped = false;
  const once = (): void => {
    if (!stopped) stop();
    stopped = true;
  };
  for (const event of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(event, once);
}
