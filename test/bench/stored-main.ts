/** `node dist/bench-stored.js PATH COUNT`: makes the database if it is not there, and prints what reading it takes. */
import { existsSync } from "node:fs";
import { askDatabase, fillDatabase } from "./stored";

const path = process.argv[2] ?? "bench-telemetry.db";
const count = Number(process.argv[3] ?? 1_000_000);
const endMs = Date.parse("2026-04-10T12:00:00Z");
if (!existsSync(path)) {
  const startedMs = performance.now();
  fillDatabase(path, count, endMs);
  console.log(`${count} requests written, ${Math.round(count / ((performance.now() - startedMs) / 1000))} per second`);
}
console.table(askDatabase(path, endMs));
