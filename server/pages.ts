/** The pages process: builds the parts of the first port and wires them. Decides nothing itself. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import createNext from "next";
import { openControlDatabase } from "@/db/control/open";
import { openTelemetryForReading } from "@/db/telemetry/open";
import type { EndpointDeps } from "@/server/api/endpoints/endpoint";
import { publishApiHandle } from "@/server/api/handle";
import { createFirstPort } from "@/server/api/http/first-port";
import { createChangeFeed } from "@/server/api/live/change-feed";
import { appRouter } from "@/server/api/router";
import { createGitAccess } from "@/server/integrations/git/git-access";
import type { SingleSignOnSettings } from "@/server/auth/single-sign-on";
import { loadAuthSecret } from "@/server/auth/secret";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { EXIT_FATAL } from "./child";
import { processEnvironment, readConfig, type Config } from "./config";
import { createLog } from "./log";
import { CODE_VERSION } from "./version";

/** Open requests get this long to end before their connections are cut, ms. */
const STOP_GRACE_MS = 1_500;
/** Longer than proxies and clients keep a connection, ms: who closes first must not be the one who is about to be asked. */
const KEEP_ALIVE_MS = 75_000;

const PACKAGE_ROOT = join(import.meta.dirname, "..");

const config = readConfig();
const dev = process.argv.includes("--dev");
const log = createLog("pages", config.logLevel);
await serve();

async function serve(): Promise<void> {
  const shutdown = new AbortController();
  const deps = openDatabases(shutdown.signal);
  const { host: hostname, port } = config;
  const pages = createNext({ dev, dir: PACKAGE_ROOT, hostname, port, customServer: true });
  const { listener, firstRun, handle, close } = createFirstPort({
    deps,
    secret: loadAuthSecret(config.dataDir),
    singleSignOn: singleSignOnOf(config),
    intake: { host: intakeHost(config), port: config.intakePort },
    version: CODE_VERSION,
    dev,
    clientIpHeader: config.clientIpHeader,
    pages: (request, response) => pages.getRequestHandler()(request, response),
  });
  publishApiHandle({
    ...handle,
    installation: { publicUrl: config.publicUrl, demoApplication: config.demoApplication },
  });
  await pages.prepare();
  const server = createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  if (dev) reloadOnChange(server, pages.getUpgradeHandler());
  await listen(server);
  if (firstRun.code !== undefined) {
    log.warn(
      { code: firstRun.code, url: `${config.publicUrl}/setup` },
      "nobody can sign in yet: set up the administrator",
    );
  }
  stopOnSignal(() => {
    server.close(() => {
      close();
      process.exit(0);
    });
    shutdown.abort();
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  });
  process.send?.("ready");
}

/** @throws Error when the file with the client's secret cannot be read. */
function singleSignOnOf({ oidc }: Config): SingleSignOnSettings | undefined {
  if (oidc === undefined) return undefined;
  const { clientSecretFile, ...settings } = oidc;
  return { ...settings, clientSecret: readFileSync(clientSecretFile, "utf8").trim() };
}

/** Two connections to the control database: SQLite tells a connection of others' changes only. */
function openDatabases(shutdown: AbortSignal): EndpointDeps {
  const path = join(config.dataDir, "control.db");
  const watch = openControlDatabase(path).$client;
  const counter = watch.prepare<[], number>("PRAGMA data_version").pluck();
  const dataVersion = (): number => counter.get() ?? 0;
  return {
    control: openControlDatabase(path),
    telemetry: new SqliteTelemetryReader(openTelemetryForReading(join(config.dataDir, "telemetry.db"))),
    git: createGitAccess({
      root: join(config.dataDir, "git", "pages"),
      environment: processEnvironment(),
      protocols: config.gitProtocols,
      secretsFolder: config.secretsDir,
      signal: shutdown,
    }),
    clock: Date.now,
    log,
    publicUrl: config.publicUrl,
    router: appRouter,
    feed: createChangeFeed(dataVersion, log),
    shutdown,
  };
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
