/** Every earlier schema, with data in all of its tables, becomes the present one and keeps the data. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "switchback-upgrade-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const DATABASES = {
  control: { open: openControlDatabase, migrate: migrateControlDatabase },
  telemetry: { open: openTelemetryDatabase, migrate: migrateTelemetryDatabase },
} as const;
type Name = keyof typeof DATABASES;

interface Journal {
  entries: { idx: number; tag: string }[];
}

const present = (name: Name): string => join(root, `db/${name}/migrations`);

const journalOf = (name: Name): Journal =>
  JSON.parse(readFileSync(join(present(name), "meta/_journal.json"), "utf8")) as Journal;

/** The migrations as they were when this one was the newest. */
function migrationsUntil(name: Name, count: number): string {
  const target = join(folder, `${name}-${count}`);
  cpSync(present(name), target, { recursive: true });
  const journal = journalOf(name);
  writeFileSync(
    join(target, "meta/_journal.json"),
    JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }),
  );
  return target;
}

type Client = ReturnType<typeof openControlDatabase>["$client"];

interface Column {
  name: string;
  type: string;
}

const tablesOf = (client: Client): string[] =>
  client
    .prepare<[], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '__drizzle_migrations'
       ORDER BY name`,
    )
    .pluck()
    .all();

const columnsOf = (client: Client, table: string): Column[] => client.pragma(`table_info("${table}")`) as Column[];

const valueFor = ({ name, type }: Column): unknown => {
  if (/INT|REAL/i.test(type)) return 7;
  return /BLOB/i.test(type) ? Buffer.from(name) : `"${name}"`;
};

/** One row in every table; foreign keys are looked at by those who write. */
function fill(client: Client): void {
  client.pragma("foreign_keys = OFF");
  for (const table of tablesOf(client)) {
    const columns = columnsOf(client, table);
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    const marks = columns.map(() => "?").join(", ");
    client.prepare(`INSERT INTO "${table}" (${names}) VALUES (${marks})`).run(columns.map(valueFor));
  }
}

const schemaOf = (client: Client): unknown[] =>
  client
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
    .all();

function freshSchema(name: Name): unknown[] {
  const { open, migrate } = DATABASES[name];
  const database = open(":memory:");
  migrate(database, present(name));
  const schema = schemaOf(database.$client);
  database.$client.close();
  return schema;
}

const STEPS = (Object.keys(DATABASES) as Name[]).flatMap((name) =>
  journalOf(name).entries.map(({ idx, tag }) => [name, tag, idx + 1] as const),
);

test.each(STEPS)("%s from %s", (name, _, count) => {
  const { open, migrate } = DATABASES[name];
  const database = open(join(folder, `${name}-${count}.db`));
  const client = database.$client;
  migrate(database, migrationsUntil(name, count));
  fill(client);
  const before = tablesOf(client).map((table) => ({ table, columns: columnsOf(client, table) }));
  expect(before.length).toBeGreaterThan(0);
  migrate(database, present(name));
  expect(schemaOf(client)).toEqual(freshSchema(name));
  for (const { table, columns } of before) {
    const row = client.prepare(`SELECT * FROM "${table}"`).get() as Record<string, unknown>;
    expect(row, table).toMatchObject(Object.fromEntries(columns.map((column) => [column.name, valueFor(column)])));
  }
  expect(client.pragma("quick_check(1)")).toEqual([{ quick_check: "ok" }]);
  client.close();
});

test("a database that is up to date is left as it is", () => {
  for (const name of Object.keys(DATABASES) as Name[]) {
    const { open, migrate } = DATABASES[name];
    const database = open(join(folder, `${name}-twice.db`));
    migrate(database, present(name));
    const version = database.$client.pragma("schema_version", { simple: true });
    migrate(database, present(name));
    expect(database.$client.pragma("schema_version", { simple: true })).toBe(version);
    database.$client.close();
  }
});
