import { describe, expect, it } from "vitest";
import { withTransaction } from "@/server/store/control/database";
import { addIdempotencyKey, findIdempotencyKey, pruneIdempotencyKeys } from "@/server/store/control/idempotency";
import { newId } from "@/server/store/control/ids";
import { acquireLease, releaseLease } from "@/server/store/control/leases";
import {
  enqueue,
  listDueOutbox,
  listOutbox,
  listPendingTargets,
  markDelivered,
  markFailed,
  pruneOutbox,
  type OutboxTarget,
} from "@/server/store/control/outbox";
import { freshDatabase, rows, T0 } from "./fixtures";

describe("the outbox", () => {
  function filled(...targets: OutboxTarget[]) {
    const db = freshDatabase();
    withTransaction(db, (tx) => {
      for (const [n, target] of targets.entries()) enqueue(tx, { target, kind: `k${n}`, payload: { n }, nowMs: T0 });
    });
    const due = (nowMs = T0): string[] => listDueOutbox(db, nowMs).map((row) => row.kind);
    return { db, due };
  }

  it("hands out the head of each target, in order", () => {
    const { db, due } = filled("git:a", "notify:a", "git:a", "git:b");
    expect(due()).toEqual(["k0", "k1", "k3"]);
    markDelivered(db, { id: 1, nowMs: T0 + 1 });
    expect(due()).toEqual(["k1", "k2", "k3"]);
  });

  it("holds what is behind a failed delivery, and nothing else, until its next attempt", () => {
    const { db, due } = filled("git:a", "git:a", "notify:a");
    markFailed(db, { id: 1, error: "remote is away", nextAttemptAtMs: T0 + 60_000 });
    expect(due()).toEqual(["k2"]);
    expect(due(T0 + 60_000)).toEqual(["k0", "k2"]);
    expect(listPendingTargets(db)).toEqual([
      { target: "git:a", waiting: 2, oldestAtMs: T0, lastError: "remote is away" },
      { target: "notify:a", waiting: 1, oldestAtMs: T0, lastError: null },
    ]);
    markDelivered(db, { id: 1, nowMs: T0 + 60_001 });
    expect(listOutbox(db, { target: "git:a", limit: 9 })).toMatchObject([
      { kind: "k1", attempts: 0 },
      { kind: "k0", attempts: 2, lastError: null, deliveredAtMs: T0 + 60_001 },
    ]);
  });

  it("forgets only what was delivered long ago", () => {
    const { db } = filled("git:a", "git:a", "git:a");
    markDelivered(db, { id: 1, nowMs: T0 });
    markDelivered(db, { id: 2, nowMs: T0 + 100 });
    expect(pruneOutbox(db, T0 + 50)).toBe(1);
    expect(rows(db, "outbox")).toBe(2);
  });
});

describe("a lease", () => {
  const lease = (holder: string, nowMs: number) => ({ name: "controller", holder, nowMs, ttlMs: 15_000 });

  it("has one holder until its time is over or it is given back", () => {
    const db = freshDatabase();
    expect(acquireLease(db, lease("one", T0))).toBe(true);
    expect(acquireLease(db, lease("two", T0 + 14_999))).toBe(false);
    expect(acquireLease(db, lease("one", T0 + 10_000))).toBe(true);
    expect(acquireLease(db, lease("two", T0 + 24_999))).toBe(false);
    expect(acquireLease(db, lease("two", T0 + 25_000))).toBe(true);
    releaseLease(db, { name: "controller", holder: "one" });
    expect(acquireLease(db, lease("one", T0 + 25_001))).toBe(false);
    releaseLease(db, { name: "controller", holder: "two" });
    expect(acquireLease(db, lease("one", T0 + 25_001))).toBe(true);
  });
});

describe("an idempotency key", () => {
  it("belongs to one actor and is forgotten in time", () => {
    const db = freshDatabase();
    const row = { actorId: "tok_1", key: "k", requestHash: "h", status: 201, body: "{}", createdAtMs: T0 };
    withTransaction(db, (tx) => addIdempotencyKey(tx, row));
    expect(findIdempotencyKey(db, { actorId: "tok_1", key: "k" })).toEqual(row);
    expect(findIdempotencyKey(db, { actorId: "tok_2", key: "k" })).toBeUndefined();
    expect(() => withTransaction(db, (tx) => addIdempotencyKey(tx, row))).toThrow(/UNIQUE/);
    expect([pruneIdempotencyKeys(db, T0), pruneIdempotencyKeys(db, T0 + 1)]).toEqual([0, 1]);
  });
});

describe("new ids", () => {
  it("sort by time and do not repeat", () => {
    const ids = Array.from({ length: 1000 }, () => newId("rol", T0));
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^rol_[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
    expect(newId("inc", T0) < newId("inc", T0 + 1)).toBe(true);
    expect(newId("inc", T0).slice(4, 14)).toBe("01KNZFSX00");
  });
});
