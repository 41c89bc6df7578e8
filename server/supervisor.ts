/**
 * The parent of the three processes: prepares the data directory once, starts them, restarts what crashes, and passes
 * on the signal to stop. It serves nothing itself.
 */
import { join } from "node:path";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";
import { childEnvironment, readConfig } from "./config";
import { keepRunning, type Child } from "./child";
import { NODE_FLAGS } from "./node-flags";
import { openControlFile } from "./control-file";
import { createLog } from "./log";

/** How long children may take to finish what they are doing, ms. */
const STOP_TIMEOUT_MS = 10_000;

const CHILDREN = ["intake", "controller", "pages"] as const;

/** Runs until a signal or a crash loop; resolves to the exit code. */
export async function supervise(options: { dev: boolean }): Promise<number> {
  const config = readConfig();
  const log = createLog("supervisor", config.logLevel);
  prepareData(config.dataDir);
  const environment = childEnvironment(options);
  const children: Child[] = [];
  const code = await new Promise<number>((resolve) => {
    for (const name of CHILDREN) {
      const child = keepRunning({
        name,
        modulePath: join(import.meta.dirname, `${name}.js`),
        args: options.dev ? ["--dev"] : [],
        nodeFlags: NODE_FLAGS[name],
        environment,
        log,
        onReady: () => {
          if (name === "pages") process.stdout.write(`Switchback is ready: ${config.publicUrl}\n`);
        },
        onGivingUp: () => resolve(1),
      });
      children.push(child);
    }
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(0));
  });
  const clean = await Promise.all(children.map((child) => child.stop(STOP_TIMEOUT_MS)));
  return clean.every(Boolean) ? code : 1;
}

/** Creates the directory, readable by its owner alone, and brings both schemas up to date. */
function prepareData(dataDir: string): void {
  openControlFile(dataDir).$client.close();
  const telemetry = openTelemetryDatabase(join(dataDir, "telemetry.db"));
  migrateTelemetryDatabase(telemetry, join(import.meta.dirname, "../db/telemetry/migrations"));
  telemetry.$client.close();
}
