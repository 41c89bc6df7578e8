import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { openIncident } from "@/server/control/open-incident";
import { verifyAudit } from "@/server/control/verify-audit";
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { appendAudit, findAuditHead, listAudit, listAuditAfter, toAuditEntry } from "@/server/store/control/audit";
import { withTransaction, type ControlDatabase } from "@/server/store/control/database";
import { APP, freshDatabase, newWorld, person, T0 } from "./fixtures";

const actor = { kind: "person", id: "usr_1", name: "Ana", role: "on_call" } as const;

function append(db: ControlDatabase, count: number, change: object = {}): void {
  withTransaction(db, (tx) => {
    for (let n = 0; n < count; n++) {
      const entry = { atMs: T0 + n, actor, action: "alias.moved", target: `application/${APP}/alias/production` };
      appendAudit(tx, {
        ...entry,
        before: { revision: n },
        after: { revision: n + 1 },
        reason: `move ${n}`,
        ...change,
      });
    }
  });
}

/** Changes a stored row as somebody with the file could: past the triggers. */
function tamper(db: ControlDatabase, sql: string): void {
  for (const event of ["update", "delete"]) db.$client.exec(`DROP TRIGGER IF EXISTS audit_entries_no_${event}`);
  db.$client.exec(sql);
}

describe("the audit log", () => {
  it("verifies as it grows", async () => {
    const db = freshDatabase();
    expect(await verifyAudit(db)).toMatchObject({ entries: 0, valid: true, firstBroken: null });
    append(db, 2500);
    expect(await verifyAudit(db)).toEqual({
      entries: 2500,
      valid: true,
      firstBroken: null,
      head: findAuditHead(db)?.hash,
    });
  });

  it("can be verified from its export alone, by the documented algorithm", () => {
    const world = newWorld();
    world.serve(world.release(1));
    const exported = listAuditAfter(world.db, { afterSeq: 0, limit: 10 }).map((row) =>
      JSON.stringify(toAuditEntry(row)),
    );
    let prevHash = "0".repeat(64);
    for (const line of exported) {
      const { hash, ...rest } = JSON.parse(line) as { hash: string; prevHash: string } & Record<string, CanonicalValue>;
      expect(rest.prevHash).toBe(prevHash);
      expect(createHash("sha256").update(canonicalText(rest)).digest("hex")).toBe(hash);
      prevHash = hash;
    }
    expect(exported).toHaveLength(2);
  });

  it.each<[string, string, number]>([
    ["a changed reason", "UPDATE audit_entries SET reason = 'x' WHERE seq = 7", 7],
    ["a changed time", "UPDATE audit_entries SET at_ms = at_ms + 1 WHERE seq = 7", 7],
    ["a time that is none", "UPDATE audit_entries SET at_ms = 1e300 WHERE seq = 7", 7],
    ["another actor", "UPDATE audit_entries SET actor_name = 'Ben' WHERE seq = 7", 7],
    ["an unknown kind of actor", "UPDATE audit_entries SET actor_kind = 'ghost' WHERE seq = 7", 7],
    ["a role taken away", "UPDATE audit_entries SET actor_role = NULL WHERE seq = 7", 7],
    ["a state taken away", "UPDATE audit_entries SET before = NULL WHERE seq = 7", 7],
    ["a state that is no JSON", "UPDATE audit_entries SET after = '{' WHERE seq = 7", 7],
    ["a missing entry", "DELETE FROM audit_entries WHERE seq = 7", 8],
    ["a missing beginning", "DELETE FROM audit_entries WHERE seq < 7", 7],
    ["a missing entry where pieces meet", "DELETE FROM audit_entries WHERE seq = 1001", 1002],
    ["a changed last entry", "UPDATE audit_entries SET reason = 'x' WHERE seq = 1500", 1500],
  ])("shows %s", async (_, sql, firstBroken) => {
    const db = freshDatabase();
    append(db, 1500);
    tamper(db, sql);
    expect(await verifyAudit(db)).toMatchObject({ valid: false, firstBroken });
  });

  it("shows by its head that the end was cut off", async () => {
    const db = freshDatabase();
    append(db, 5);
    const { head } = await verifyAudit(db);
    tamper(db, "DELETE FROM audit_entries WHERE seq = 5");
    const after = await verifyAudit(db);
    expect(after.valid).toBe(true);
    expect(after.head).not.toBe(head);
  });

  it("verifies whatever people write", async () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ reason: text, name: text, after: fc.jsonValue() }), { maxLength: 5 }),
        async (entries) => {
          const db = freshDatabase();
          for (const { name, ...entry } of entries) append(db, 1, { ...entry, actor: { ...actor, name } });
          append(db, 1, {
            reason: `lone \uD800 surrogate, NUL \0, ${"\uDC00"}`,
            after: { n: 2 ** 60, m: -0, x: 1e-7 },
          });
          expect(await verifyAudit(db)).toMatchObject({ valid: true, entries: entries.length + 1 });
          db.$client.close();
        },
      ),
      { numRuns: 40 },
    );
  });

  it("filters by what it is about, by act, actor and time, and pages", () => {
    const world = newWorld();
    world.serve(world.release(1));
    const { id } = openIncident(world.as(person("on_call", "ana"), T0 + 5), { application: APP, title: "wrong" });
    addIncidentNote(world.as(person("on_call", "ben"), T0 + 9), { incidentId: id, text: "looking" });
    const seqs = (filter: object): number[] =>
      listAudit(world.db, { limit: 50, ...filter }).items.map((row) => row.seq);
    expect(seqs({})).toEqual([4, 3, 2, 1]);
    expect(seqs({ target: `application/${APP}/alias` })).toEqual([2]);
    expect(seqs({ target: `application/${APP}/alia` })).toEqual([]);
    expect(seqs({ target: `application/${APP}` })).toEqual([4, 3, 2, 1]);
    expect(seqs({ action: "incident.noted" })).toEqual([4]);
    expect(seqs({ actorId: "usr_ana" })).toEqual([3]);
    expect(seqs({ fromMs: T0 + 5, toMs: T0 + 8 })).toEqual([3]);
    const page = listAudit(world.db, { limit: 3 });
    expect(listAudit(world.db, { limit: 3, cursor: page.nextCursor ?? "" }).items.map((row) => row.seq)).toEqual([1]);
  });
});
