/** Outside effects: at least once, in order per target, whatever others' targets do. */
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import {
  createOutboxDelivery,
  doubling,
  type Deliverer,
  type OutboxDelivery,
} from "@/server/controller/outbox-delivery";
import type { ControlDatabase } from "@/server/store/control/database";
import { withTransaction } from "@/server/store/control/database";
import {
  enqueue,
  listDueOutbox,
  listGivenUp,
  listOutbox,
  listPendingTargets,
  type OutboxTarget,
} from "@/server/store/control/outbox";
import { freshDatabase } from "@/test/integration/control/fixtures";

const DAY_MS = 86_400_000;

interface Bench {
  db: ControlDatabase;
  clock: { nowMs: number };
  delivery: OutboxDelivery;
  /** What was handed to deliverers, as `target kind`. */
  seen: string[];
  add: (target: OutboxTarget, ...kinds: string[]) => void;
  run: (afterMs?: number) => Promise<void>;
}

/** Deliverers of `git:` and `notify:` that do as `behave` says. */
function bench(
  behave: (effect: { target: string; kind: string; attempts: number }) => Promise<void> | void,
  retry: Deliverer["retryAfterMs"] = doubling(60_000),
): Bench {
  const db = freshDatabase();
  const clock = { nowMs: 1_000_000 };
  const seen: string[] = [];
  const deliverer: Deliverer = {
    deliver: async (effect) => {
      seen.push(`${effect.target} ${effect.kind}`);
      await behave(effect);
    },
    retryAfterMs: retry,
  };
  const delivery = createOutboxDelivery({
    control: db,
    log: pino({ level: "silent" }),
    clock: () => clock.nowMs,
    deliverers: { git: deliverer, notify: deliverer },
  });
  return {
    db,
    clock,
    delivery,
    seen,
    add: (target, ...kinds) => {
      withTransaction(db, (tx) => {
        for (const kind of kinds) enqueue(tx, { target, kind, payload: {}, nowMs: clock.nowMs });
      });
    },
    run: async (afterMs = 0) => {
      clock.nowMs += afterMs;
      delivery.start(clock.nowMs);
      await delivery.settled();
    },
  };
}

const waiting = (db: ControlDatabase): number =>
  listPendingTargets(db).reduce((sum, { waiting: count }) => sum + count, 0);

describe("delivery", () => {
  test("goes in order per target, all of it in one go", async () => {
    const { db, seen, add, run } = bench(() => undefined);
    add("git:a", "1", "2", "3");
    add("git:b", "1");
    await run();
    expect(seen.filter((one) => one.startsWith("git:a"))).toEqual(["git:a 1", "git:a 2", "git:a 3"]);
    expect(waiting(db)).toBe(0);
  });

  test("that fails holds back its own target and no other", async () => {
    const { db, seen, add, run } = bench(({ target, kind, attempts }) => {
      if (target === "git:a" && kind === "1" && attempts < 2) throw new Error("down");
    });
    add("git:a", "1", "2");
    add("notify:a", "1", "2");
    await run();
    expect(seen).toEqual(["git:a 1", "notify:a 1", "notify:a 2"]);
    expect(listPendingTargets(db)).toMatchObject([{ target: "git:a", waiting: 2, lastError: "down" }]);
    await run(4_999);
    expect(seen).toHaveLength(3);
    await run(1);
    await run(10_000);
    expect(seen.slice(3)).toEqual(["git:a 1", "git:a 1", "git:a 2"]);
    expect(waiting(db)).toBe(0);
    expect(
      listOutbox(db, { target: "git:a", limit: 9 }).map(({ attempts, lastError }) => [attempts, lastError]),
    ).toEqual([
      [1, null],
      [3, null],
    ]);
  });

  test("that takes long delays nobody, and is not started twice", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { db, seen, add, delivery, clock } = bench(({ target }) => (target === "git:slow" ? held : undefined));
    add("git:slow", "1", "2");
    add("notify:a", "1");
    delivery.start(clock.nowMs);
    delivery.start(clock.nowMs);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["git:slow 1", "notify:a 1"]);
    expect(waiting(db)).toBe(2);
    release();
    await delivery.settled();
    expect(seen).toEqual(["git:slow 1", "notify:a 1", "git:slow 2"]);
  });

  test("that is hopeless is given up visibly, and lets the next one pass", async () => {
    const { db, seen, add, run } = bench(
      ({ kind }) => {
        if (kind === "gone") throw new Error("410 Gone");
      },
      ({ attempts }) => (attempts >= 2 ? "give_up" : 1_000),
    );
    add("notify:a", "gone", "next");
    await run();
    await run(1_000);
    expect(seen).toEqual(["notify:a gone", "notify:a gone", "notify:a next"]);
    expect(listGivenUp(db, { limit: 9 })).toMatchObject([
      { kind: "gone", attempts: 2, lastError: "410 Gone", deliveredAtMs: null },
    ]);
    expect(listGivenUp(db, { target: "git:a", limit: 9 })).toEqual([]);
    expect(waiting(db)).toBe(0);
    // It is never pruned: somebody has to see it.
    await run(200 * DAY_MS);
    expect(listGivenUp(db, { limit: 9 })).toHaveLength(1);
  });

  test("of a target that nobody delivers to waits for a deliverer", async () => {
    const { db, seen, add, run } = bench(() => undefined);
    add("registry:a", "1");
    add("git:a", "1");
    await run();
    expect(seen).toEqual(["git:a 1"]);
    expect(listDueOutbox(db, 9_000_000).map(({ target }) => target)).toEqual(["registry:a"]);
  });

  test("that was cut off by a stop is as due as before", async () => {
    const { db, seen, add, delivery, clock } = bench(
      () => new Promise((_, reject) => setImmediate(reject, new Error("aborted"))),
    );
    add("git:a", "1");
    delivery.start(clock.nowMs);
    await delivery.stop();
    expect(seen).toEqual(["git:a 1"]);
    expect(listDueOutbox(db, clock.nowMs)).toMatchObject([{ attempts: 0, lastError: null }]);
    delivery.start(clock.nowMs);
    await delivery.settled();
    expect(seen).toHaveLength(1);
  });

  test("whose end cannot be written comes again: once too often rather than never", async () => {
    const { db, seen, add, run } = bench(() => undefined);
    add("git:a", "1");
    db.$client.exec(
      "CREATE TEMP TRIGGER full BEFORE UPDATE ON main.outbox BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    await run();
    db.$client.exec("DROP TRIGGER full");
    await run();
    expect(seen).toEqual(["git:a 1", "git:a 1"]);
    expect(waiting(db)).toBe(0);
  });

  test("keeps what was delivered for 90 days", async () => {
    const { db, add, run } = bench(() => undefined);
    add("git:a", "1");
    await run();
    await run(89 * DAY_MS);
    expect(listOutbox(db, { target: "git:a", limit: 9 })).toHaveLength(1);
    await run(2 * DAY_MS);
    expect(listOutbox(db, { target: "git:a", limit: 9 })).toEqual([]);
  });
});

test("pauses double up to their bound, however often it failed", () => {
  const pause = doubling(300_000);
  expect([1, 2, 3, 6, 7, 8, 1_000_000].map((attempts) => pause({ attempts }))).toEqual([
    5_000, 10_000, 20_000, 160_000, 300_000, 300_000, 300_000,
  ]);
});
