/**
 * The intake process: its own listener, the only writer of telemetry.db. Ends when its parent does; on SIGTERM it takes
 * nothing new, commits what it has taken, answers, and closes.
 */
import type { AddressInfo } from "node:net";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { startIntake } from "@/server/telemetry/start-intake";
import { EXIT_FATAL } from "./child";
import { readConfig } from "./config";
import { createLog } from "./log";

/** Open connections may take this long to be answered at the end. */
const GRACE_MS = 10_000;

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog("intake", config.logLevel);
  mkdirSync(config.dataDir, { recursive: true });
  const database = openTelemetryDatabase(join(config.dataDir, "telemetry.db"));
  migrateTelemetryDatabase(database, fileURLToPath(new URL("../db/telemetry/migrations", import.meta.url)));
  const intake = startIntake({
    writer: new TelemetryWriter(database),
    controlPath: join(config.dataDir, "control.db"),
    maxBytes: config.intakeMaxBytes,
    clock: Date.now,
    log,
  });
  intake.server.on("error", (error) => {
    log.fatal({ err: error, port: config.intakePort, host: config.host }, "the intake cannot listen");
    process.exit(EXIT_FATAL);
  });
  intake.server.listen(config.intakePort, config.host, () => {
    const { port } = intake.server.address() as AddressInfo;
    log.info({ host: config.host, port }, "intake listens");
    process.send?.("ready");
  });
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), GRACE_MS).unref();
    await intake.stop();
    database.$client.close();
    log.info("intake has stopped");
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());
  process.on("disconnect", () => void stop());
}

await main();
