/** The controller process: opens its own connections and runs ticks until it is told to stop. Decides nothing itself. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { openControlDatabase } from "@/db/control/open";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { loadCheckpointKey } from "@/server/control/checkpoint-key";
import { runLoop } from "@/server/controller/loop";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { readConfig } from "./config";
import { createLog } from "./log";
import { CODE_VERSION } from "./version";

const config = readConfig();
const log = createLog("controller", config.logLevel);
const control = openControlDatabase(join(config.dataDir, "control.db"));
const telemetry = new SqliteTelemetryReader(openTelemetryForReading(join(config.dataDir, "telemetry.db")));

const checkpoints = { key: loadCheckpointKey(config.dataDir), origin: config.publicUrl };

const stopping = new AbortController();
for (const event of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(event, () => stopping.abort());
process.send?.("ready");
await runLoop(
  { control, telemetry, log, holder: randomUUID(), codeVersion: CODE_VERSION, checkpoints },
  { tickMs: config.tickMs, clock: Date.now, signal: stopping.signal },
);
telemetry.close();
control.$client.close();
process.exit(0);
