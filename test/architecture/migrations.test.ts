/** The migrations make exactly the tables and columns that the schema declares: a forgotten migration fails here, not at 3 am. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, test } from "vitest";
import { migrateControlDatabase, openControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";

async function declaredTables(folder: string): Promise<SQLiteTable[]> {
  const files = readdirSync(join(folder, "schema"));
  const modules = await Promise.all(
    files.map((file) => import(join(process.cwd(), folder, "schema", file)) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((module) => Object.values(module).filter((value) => is(value, SQLiteTable)));
}

describe("migrations", () => {
  test.each([
    ["db/control", openControlDatabase, migrateControlDatabase],
    ["db/telemetry", openTelemetryDatabase, migrateTelemetryDatabase],
  ] as const)("%s", async (folder, open, migrate) => {
    const db = open(":memory:");
    migrate(db, join(folder, "migrations"));
    const tables = await declaredTables(folder);
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      const { name, columns } = getTableConfig(table);
      const made = db.$client.pragma(`table_info(${name})`) as { name: string }[];
      expect(made.map((column) => column.name).toSorted(), name).toEqual(
        columns.map((column) => column.name).toSorted(),
      );
    }
    db.$client.close();
  });
});
