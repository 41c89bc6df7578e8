/** The controller process: opens its own connections and runs ticks until it is told to stop. Decides nothing itself. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openControlDatabase } from "@/db/control/open";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { createGitWatch } from "@/server/controller/git-watch";
import { loadCheckpointKey } from "@/server/control/checkpoint-key";
import { runLoop } from "@/server/controller/loop";
import { ControllerMemory } from "@/server/controller/controller-memory";
import { createOutboxDelivery } from "@/server/controller/outbox-delivery";
import { createRegistryDeliverer, createRegistryWatch } from "@/server/controller/registry-watch";
import { createGitAccess } from "@/server/integrations/git/git-access";
import { createWitness } from "@/server/integrations/git/witness";
import { createGitDeliverer } from "@/server/integrations/git/write-back";
import { createMlflowClient } from "@/server/integrations/mlflow/mlflow-client";
import { createRegistry } from "@/server/integrations/mlflow/registry";
import { readSecret } from "@/server/integrations/git/secrets";
import { createAddressGuard } from "@/server/integrations/notify/address-guard";
import { createFanOut } from "@/server/integrations/notify/fan-out";
import { createRouteDeliverer } from "@/server/integrations/notify/route-deliverer";
import { links } from "@/server/read/links";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { CONTROLLER_CACHE_MIB } from "./node-flags";
import { processEnvironment, readConfig } from "./config";
import { createLog } from "./log";
import { CODE_VERSION } from "./version";

const config = readConfig();
const log = createLog("controller", config.logLevel);
const control = openControlDatabase(join(config.dataDir, "control.db"));
const telemetry = new SqliteTelemetryReader(
  openTelemetryForReading(join(config.dataDir, "telemetry.db"), CONTROLLER_CACHE_MIB),
);

const checkpoints = { key: loadCheckpointKey(config.dataDir), origin: config.publicUrl };

const stopping = new AbortController();
for (const event of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(event, () => stopping.abort());
const git = createGitAccess({
  root: join(config.dataDir, "git", "controller"),
  environment: processEnvironment(),
  protocols: config.gitProtocols,
  secretsFolder: config.secretsDir,
  signal: stopping.signal,
});
const incidentUrl = ({ application, incidentId }: { application: string; incidentId: string }): string =>
  `${config.publicUrl}${links.incident(application, incidentId)}`;
const registry =
  config.mlflow === undefined
    ? undefined
    : createRegistry(
        createMlflowClient({
          url: config.mlflow.url,
          fetch,
          ...(config.mlflow.tokenFile === undefined
            ? {}
            : { token: readFileSync(config.mlflow.tokenFile, "utf8").trim() }),
        }),
      );
const outbound = { guard: createAddressGuard(config.outboundAllow), timeoutMs: 15_000 };
const secretSources = { environment: processEnvironment(), folder: config.secretsDir };
const secret = (reference: string): Promise<string> => readSecret(secretSources, reference);
const deliverers = {
  git: createGitDeliverer({ control, git, incidentUrl }),
  witness: createWitness({ control, git }),
  notify: createFanOut(control),
  route: createRouteDeliverer({ control, baseUrl: config.publicUrl, secret, outbound }),
  ...(registry === undefined ? {} : { registry: createRegistryDeliverer({ control, registry }) }),
};
process.send?.("ready");
await runLoop(
  {
    control,
    telemetry,
    memory: new ControllerMemory(),
    log,
    holder: randomUUID(),
    codeVersion: CODE_VERSION,
    clock: Date.now,
    checkpoints,
  },
  {
    tickMs: config.tickMs,
    clock: Date.now,
    signal: stopping.signal,
    sideWork: [
      createGitWatch({ control, git, log }),
      ...(registry === undefined ? [] : [createRegistryWatch({ control, registry, log })]),
      createOutboxDelivery({ control, log, clock: Date.now, deliverers }),
    ],
  },
);
telemetry.close();
control.$client.close();
process.exit(0);
