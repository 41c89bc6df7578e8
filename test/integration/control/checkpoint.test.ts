/** Signed checkpoints: when they are made, that a changed log gets none, and that an export is held against one offline. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadCheckpointKey } from "@/server/control/checkpoint-key";
import { keyFingerprint } from "@/server/domain/audit/checkpoint";
import { signCheckpoint } from "@/server/control/sign-checkpoint";
import { checkpointPage } from "@/server/read/audit";
import { CheckpointPageView } from "@/server/read/audit-view";
import { appendAudit, listAuditAfter, toAuditEntry } from "@/server/store/control/audit";
import { withTransaction, type ControlDatabase } from "@/server/store/control/database";
import { runCommand } from "@/test/integration/cli/run-command";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { freshDatabase, rows, T0 } from "./fixtures";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "switchback-checkpoint-"));
const key = loadCheckpointKey(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const actor = { kind: "person", id: "usr_1", name: "Ana", role: "on_call" } as const;

function append(db: ControlDatabase, count: number): void {
  withTransaction(db, (tx) => {
    for (let n = 0; n < count; n++) {
      appendAudit(tx, { atMs: T0 + n, actor, action: "alias.moved", target: "t", reason: `move ${n}` });
    }
  });
}

const sign = (db: ControlDatabase, nowMs = T0) => signCheckpoint(db, { key, origin: "https://sb.example.org", nowMs });

function tamper(db: ControlDatabase, sql: string): void {
  db.$client.exec(`DROP TRIGGER audit_entries_no_update; DROP TRIGGER audit_entries_no_delete; ${sql}`);
}

describe("a checkpoint is signed", () => {
  it("when there is something new and the last is an hour old, or a thousand entries away", () => {
    const db = freshDatabase();
    expect(sign(db)).toEqual({ outcome: "not_due" });
    append(db, 3);
    expect(sign(db)).toEqual({ outcome: "signed", size: 3 });
    expect(sign(db, T0 + 2 * HOUR_MS)).toEqual({ outcome: "not_due" });
    append(db, 999);
    expect(sign(db, T0 + HOUR_MS - 1)).toEqual({ outcome: "not_due" });
    expect(sign(db, T0 + HOUR_MS)).toEqual({ outcome: "signed", size: 1002 });
    append(db, 1_000);
    expect(sign(db, T0 + HOUR_MS + 1)).toEqual({ outcome: "signed", size: 2002 });
  });

  it("piece by piece over a long backlog", () => {
    const db = freshDatabase();
    append(db, 7_000);
    expect([sign(db), sign(db)]).toEqual([
      { outcome: "signed", size: 5000 },
      { outcome: "signed", size: 7000 },
    ]);
  });

  it.each([
    ["changed", "UPDATE audit_entries SET actor_name = 'Eve' WHERE seq = 1005", 1005],
    ["dropped", "DELETE FROM audit_entries WHERE seq = 1004", 1005],
    ["cut off", "DELETE FROM audit_entries WHERE seq > 2", 2],
  ])("but not over an entry that was %s since the last one", (_, sql, firstBroken) => {
    const db = freshDatabase();
    append(db, 1_002);
    sign(db);
    append(db, 1_100);
    tamper(db, sql);
    expect(sign(db, T0 + HOUR_MS)).toEqual({ outcome: "broken", firstBroken });
    expect(rows(db, "audit_checkpoints")).toBe(1);
  });

  it("for ever: the database refuses to change or delete it", () => {
    const db = freshDatabase();
    append(db, 1);
    sign(db);
    for (const sql of ["DELETE FROM audit_checkpoints", "UPDATE audit_checkpoints SET size = 2"]) {
      expect(() => db.$client.exec(sql)).toThrow("append-only");
    }
  });
});

describe("the key", () => {
  it("is made once, readable by its owner alone, and nothing else passes for it", () => {
    expect(loadCheckpointKey(folder).publicKey).toBe(key.publicKey);
    expect(statSync(join(folder, "audit-key.pem")).mode & 0o777).toBe(0o600);
    const other = mkdtempSync(join(folder, "other-"));
    writeFileSync(join(other, "audit-key.pem"), "cut off");
    expect(() => loadCheckpointKey(other)).toThrow("does not hold an Ed25519 private key");
  });
});

/** An export of `count` entries and a checkpoint over the first `size`, as files. */
function written(size: number, count: number) {
  const db = freshDatabase();
  append(db, size);
  sign(db);
  append(db, count - size);
  const deps = { control: db, telemetry: new FakeTelemetry(), nowMs: T0 };
  const page = CheckpointPageView.parse(checkpointPage(deps, { limit: 10 }));
  const lines = listAuditAfter(db, { afterSeq: 0, limit: count }).map((row) => JSON.stringify(toAuditEntry(row)));
  const file = join(folder, "export.ndjson");
  const checkpoint = join(folder, "checkpoint.json");
  writeFileSync(file, lines.join("\n"));
  writeFileSync(checkpoint, JSON.stringify(page));
  const verify = async (...flags: string[]) => {
    const ran = await runCommand(["audit", "verify", file, "--checkpoint", checkpoint, "--json", ...flags]);
    return { ...ran, verified: ran.json()[0] };
  };
  return { lines, file, checkpoint, page, verify };
}

const verdict = (word: string) => ({ checkpoint: { verdict: word } });

describe("switchback audit verify FILE --checkpoint FILE", () => {
  const fingerprint = keyFingerprint(key.publicKey);

  it("agrees, also with entries that came after it, and says whose key it was", async () => {
    const { verify } = written(1_500, 2_300);
    const { code, verified } = await verify("--key", fingerprint);
    expect(code).toBe(0);
    expect(verified).toMatchObject({
      entries: 2300,
      valid: true,
      checkpoint: { size: 1500, time: "2026-04-12T00:00:00.000Z", keyFingerprint: fingerprint, verdict: "agrees" },
    });
  });

  it("finds a history that was rewritten whole, which the chain alone cannot", async () => {
    const { verify, file } = written(3, 4);
    const forged = freshDatabase();
    append(forged, 2);
    withTransaction(forged, (tx) => {
      for (const n of [2, 3]) appendAudit(tx, { atMs: T0 + n, actor, action: "nothing", target: "t" });
    });
    const lines = listAuditAfter(forged, { afterSeq: 0, limit: 9 }).map((row) => JSON.stringify(toAuditEntry(row)));
    writeFileSync(file, lines.join("\n"));
    const { code, verified } = await verify();
    expect([code, verified]).toMatchObject([1, { valid: true, ...verdict("other_history") }]);
  });

  it("finds that the end is missing", async () => {
    const { verify, file, lines } = written(3, 3);
    writeFileSync(file, lines.slice(0, 2).join("\n"));
    const { code, verified } = await verify();
    expect([code, verified]).toMatchObject([1, { valid: true, ...verdict("file_too_short") }]);
  });

  it.each([
    ["size", { size: 2 }],
    ["hash", { hash: "0".repeat(64) }],
    ["time", { time: "2026-04-12T00:00:00.001Z" }],
    ["origin", { origin: "https://evil.example" }],
    ["public key", { publicKey: Buffer.from("no key").toString("base64") }],
  ])("refuses a checkpoint whose %s was changed", async (_, change) => {
    const { verify, checkpoint, page } = written(3, 3);
    writeFileSync(checkpoint, JSON.stringify({ ...page.items[0], ...change }));
    const { code, verified } = await verify();
    expect([code, verified]).toMatchObject([1, verdict("bad_signature")]);
  });

  it("refuses another key than the one that was noted", async () => {
    const { verify } = written(3, 3);
    const { code, verified } = await verify("--key", "0".repeat(64));
    expect([code, verified]).toMatchObject([1, verdict("other_key")]);
  });

  it("says what to do with a file that is no checkpoint, or without an export", async () => {
    const { verify, checkpoint } = written(3, 3);
    const alone = await runCommand(["audit", "verify", "--checkpoint", checkpoint]);
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining("switchback audit export")]);
    writeFileSync(checkpoint, "{}");
    expect(await verify()).toMatchObject({ code: 2, err: expect.stringContaining("GET /api/v1/audit/checkpoints") });
  });
});
