/** The floor: SQLite alone, inserting the very rows of a finished run into the same tables and indexes. */
import Database from "better-sqlite3";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";

/** Rows of one transaction: about what the intake groups under load. */
const PER_COMMIT = 2_000;

/** Copies the rows of `source` into a fresh database at `path` with prepared statements; returns requests per second. */
export function bareInserts(source: string, path: string): { perSecond: number; perCpuSecond: number } {
  const from = new Database(source, { readonly: true });
  const to = openTelemetryDatabase(path);
  migrateTelemetryDatabase(to, "db/telemetry/migrations");
  const requests = from.prepare<[], Record<string, unknown>>("SELECT * FROM requests ORDER BY id").all();
  const keys = from.prepare<[], { request: number }>("SELECT * FROM request_keys ORDER BY request").all();
  const links = from
    .prepare<[], { id: number }>(`SELECT id FROM request_links ORDER BY id / ${2 ** 37}, id % 65536`)
    .all();
  const insert = (table: string, row: object) => {
    const columns = Object.keys(row);
    return to.$client.prepare(
      `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
  };
  const [request, key, link] = [requests[0], keys[0], links[0]];
  if (request === undefined || key === undefined) throw new Error("there is nothing to insert");
  const statements = [insert("requests", request), insert("request_keys", key), link && insert("request_links", link)];
  const values = [requests, keys, links].map((rows) => rows.map((row) => Object.values(row)));
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const perRequest = links.length / requests.length;
  for (let at = 0; at < requests.length; at += PER_COMMIT) {
    to.$client.exec("BEGIN IMMEDIATE");
    for (const [index, statement] of statements.entries()) {
      const factor = index === 2 ? perRequest : 1;
      const rows = values[index]?.slice(Math.round(at * factor), Math.round((at + PER_COMMIT) * factor)) ?? [];
      for (const row of rows) statement?.run(row);
    }
    to.$client.exec("COMMIT");
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = process.cpuUsage(before);
  from.close();
  to.$client.close();
  return { perSecond: requests.length / seconds, perCpuSecond: (requests.length * 1e6) / (cpu.user + cpu.system) };
}
