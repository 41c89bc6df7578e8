/** What holds of every write verb: the least role, one audit entry, all or nothing, and a chain that verifies. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verifyAudit } from "@/server/control/verify-audit";
import { DomainError } from "@/server/domain/errors";
import type { ControlDatabase } from "@/server/store/control/database";
import { newWorld, rows, T0 } from "./fixtures";
import { VERBS } from "./verb-table";

const CASES = Object.entries(VERBS);
const REFUSALS = CASES.flatMap(([name, { refused }]) =>
  refused.map((actor) => [name, actor.name, actor.kind] as const),
);

/** Everything the database holds, as text per table. */
function dump(db: ControlDatabase): Record<string, string> {
  const tables = db.$client
    .prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  return Object.fromEntries(
    tables.map(({ name }) => [name, JSON.stringify(db.$client.prepare(`SELECT * FROM "${name}"`).all())]),
  );
}

function changedTables(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after).filter((table) => before[table] !== after[table]);
}

describe.each(CASES.filter(([, { audited }]) => audited !== false))("%s", (_, { allowed, arrange }) => {
  it("writes exactly one audit entry, by the actor, in a chain that verifies", async () => {
    const world = newWorld();
    const call = arrange(world);
    const before = rows(world.db, "audit_entries");
    call(world.as(allowed, T0 + 2));
    expect(rows(world.db, "audit_entries")).toBe(before + 1);
    const entry = world.db.$client.prepare("SELECT * FROM audit_entries ORDER BY seq DESC LIMIT 1").get();
    expect(entry).toMatchObject({ actor_id: allowed.id, request_id: "req-1", at_ms: T0 + 2, seq: before + 1 });
    expect(await verifyAudit(world.db)).toMatchObject({ valid: true, entries: before + 1 });
  });

  it("leaves nothing behind when any of its writes fails", () => {
    const whole = newWorld();
    const callWhole = arrange(whole);
    const before = dump(whole.db);
    callWhole(whole.as(allowed, T0 + 2));
    const tables = changedTables(before, dump(whole.db));
    expect(tables).toContain("audit_entries");

    for (const table of tables) {
      const world = newWorld();
      const call = arrange(world);
      const untouched = dump(world.db);
      for (const change of ["INSERT", "UPDATE", "DELETE"]) {
        world.db.$client.exec(
          `CREATE TEMP TRIGGER fail_${change} BEFORE ${change} ON main."${table}"
           BEGIN SELECT RAISE(ABORT, 'forced failure'); END`,
        );
      }
      expect(() => call(world.as(allowed, T0 + 2)), table).toThrow("forced failure");
      expect(changedTables(untouched, dump(world.db)), table).toEqual([]);
    }
  });
});

it.each(REFUSALS)("%s refuses %s (%s) and changes nothing", (name, actorName) => {
  const verb = VERBS[name];
  const actor = verb?.refused.find((one) => one.name === actorName);
  if (verb === undefined || actor === undefined) throw new Error("the table changed while it was read");
  const world = newWorld();
  const call = verb.arrange(world);
  const untouched = dump(world.db);
  const attempt = (): unknown => call(world.as(actor, T0 + 2));
  expect(attempt).toThrow(DomainError);
  expect(attempt).toThrow(expect.objectContaining({ code: "forbidden" }));
  expect(changedTables(untouched, dump(world.db))).toEqual([]);
});

it("has every file that opens a transaction in the table", () => {
  const folder = join(import.meta.dirname, "../../../server/control");
  const verbs = readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && file !== "perform.ts")
    .filter((file) => readFileSync(join(folder, file), "utf8").includes("perform(context,"))
    .map((file) => file.replace(/\.ts$/, "").replaceAll(/-(.)/g, (__, letter: string) => letter.toUpperCase()));
  const covered = new Set(Object.keys(VERBS).map((name) => name.split(" ")[0]));
  expect(verbs.length).toBeGreaterThan(15);
  expect(verbs.filter((verb) => !covered.has(verb))).toEqual([]);
});

it.each([
  "releases",
  "release_components",
  "provenance",
  "evaluation_results",
  "feature_fingerprints",
  "feature_views",
  "feature_sets",
  "feature_set_values",
  "judge_labels",
  "judge_anchors",
  "known_components",
  "registry_moves",
  "alias_moves",
  "release_marks",
  "policies",
  "rollout_transitions",
  "evaluations",
  "approvals",
  "incident_events",
  "postmortems",
  "audit_entries",
])("the database refuses to change or delete rows of %s", (table) => {
  for (const { arrange, allowed } of Object.values(VERBS)) {
    const world = newWorld();
    arrange(world)(world.as(allowed, T0 + 2));
    if (rows(world.db, table) === 0) continue;
    for (const statement of [`DELETE FROM ${table}`, `UPDATE ${table} SET rowid = rowid`]) {
      expect(() => world.db.$client.exec(statement)).toThrow("append-only");
    }
    return;
  }
  throw new Error(`no verb wrote to ${table}`);
});
