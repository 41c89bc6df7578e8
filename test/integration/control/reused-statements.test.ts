/** Statements that are compiled once must answer as if they were compiled each time. */
import Database from "better-sqlite3";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { openControlDatabase } from "@/db/control/open";
import { reusingStatements } from "@/db/reused-statements";

describe("reused statements", () => {
  it("are the same for the same text, and others for another", () => {
    const client = reusingStatements(new Database(":memory:"));
    expect(client.prepare("SELECT 1")).toBe(client.prepare("SELECT 1"));
    expect(client.prepare("SELECT 1")).not.toBe(client.prepare("SELECT 2"));
  });

  it("give rows as whoever asks wants them, whoever asked before", () => {
    const client = reusingStatements(new Database(":memory:"));
    expect(client.prepare("SELECT 1 AS one").raw().all()).toEqual([[1]]);
    expect(client.prepare("SELECT 1 AS one").all()).toEqual([{ one: 1 }]);
  });

  it("forget those that were not used for long", () => {
    const client = reusingStatements(new Database(":memory:"));
    const [first, second] = [client.prepare("SELECT 'first'"), client.prepare("SELECT 'second'")];
    for (let at = 0; at < 299; at++) {
      client.prepare(`SELECT ${at}`);
      expect(client.prepare("SELECT 'second'")).toBe(second);
    }
    expect(client.prepare("SELECT 'first'")).not.toBe(first);
  });

  it("see a table as it is after it was changed", () => {
    const db = openControlDatabase(":memory:");
    db.run(sql`CREATE TABLE things (a)`);
    db.run(sql`INSERT INTO things VALUES (1)`);
    const read = (): unknown => db.all(sql`SELECT * FROM things`);
    expect(read()).toEqual([{ a: 1 }]);
    db.run(sql`ALTER TABLE things ADD COLUMN b DEFAULT 2`);
    expect(read()).toEqual([{ a: 1, b: 2 }]);
    db.$client.close();
  });
});
