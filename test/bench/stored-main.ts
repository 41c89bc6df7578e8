/** `node dist/bench-stored.js PATH COUNT`: fills the database up to COUNT requests, and prints what reading it takes. */
import { askDatabase, fillDatabase } from "./stored";

const path = process.argv[2] ?? "bench-telemetry.db";
const count = Number(process.argv[3] ?? 1_000_000);
const endMs = Date.parse("2026-04-10T12:00:00Z");
fillDatabase(path, count, endMs);
console.table(askDatabase(path, endMs));
