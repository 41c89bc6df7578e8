/** What happens when things go wrong: a locked database, a full disk, too much at once, a missing control database. */
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CommitQueue,
  MOST_QUEUED,
  NotStoredError,
  type Batch,
  type BatchOutcome,
} from "@/server/telemetry/commit-queue";
import { runIntake, type RunningIntake } from "./intake-support";
import { factsAt, newRequest, NOW_MS } from "./storage-support";

const REQUESTS = "/api/v1/requests";
let intake: RunningIntake;
beforeEach(async () => {
  intake = await runIntake();
});
afterEach(async () => {
  await intake.stop();
});

describe("a locked database", () => {
  test("is waited for, then answered with 503 and Retry-After, and recovers by itself", async () => {
    const other = new Database(intake.telemetry.$client.name);
    other.exec("BEGIN IMMEDIATE");
    const answer = intake.post(REQUESTS, { requests: [{ requestId: "locked" }] });
    // The queue's patience is measured by the intake's own clock.
    const ticking = setInterval(() => (intake.clock.nowMs += 500), 20);
    const response = await answer;
    clearInterval(ticking);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining("locked") });
    other.exec("ROLLBACK");
    other.close();
    const again = await intake.post(REQUESTS, { requests: [{ requestId: "locked" }] });
    expect(await again.json()).toMatchObject({ accepted: 1, duplicates: 0 });
  });

  test("that is free again in time is not noticed", async () => {
    const other = new Database(intake.telemetry.$client.name);
    other.exec("BEGIN IMMEDIATE");
    const answer = intake.post(REQUESTS, { requests: [{ requestId: "briefly" }] });
    setTimeout(() => {
      other.exec("ROLLBACK");
      other.close();
    }, 300);
    expect(await (await answer).json()).toMatchObject({ accepted: 1 });
  });
});

describe("a full disk", () => {
  test("is 503, in OTLP too, and what fits afterwards is stored", async () => {
    const pages = intake.telemetry.$client.pragma("page_count", { simple: true });
    intake.telemetry.$client.pragma(`max_page_count = ${Number(pages)}`);
    const requests = Array.from({ length: 2_000 }, (_, i) => ({
      requestId: `request-${i}`,
      attributes: { text: `${i} ${"x".repeat(200)}` },
    }));
    const refused = await intake.post(REQUESTS, { requests });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
    expect(intake.reader.listRequests({}, { limit: 10 }).items).toEqual([]);
    intake.telemetry.$client.pragma("max_page_count = 1073741823");
    expect(await (await intake.post(REQUESTS, { requests })).json()).toMatchObject({ accepted: 2_000 });
    const range = { application: "deploy-assistant", measure: "requests", fromMs: 0, toMs: NOW_MS * 2 };
    expect(intake.reader.aggregate(range).count).toBe(2_000);
  });
});

describe("a slow disk", () => {
  test("turns callers away while one batch at a time goes on, and recovers by itself", async () => {
    let commitMs = 6_200;
    const write = intake.writer.write.bind(intake.writer);
    intake.writer.write = (...args) => {
      const outcome = write(...args);
      intake.clock.nowMs += commitMs;
      return outcome;
    };
    const post = async (requestId: string) => intake.post(REQUESTS, { requests: [{ requestId }] });
    // The first commit shows how slow it is.
    expect((await post("first")).status).toBe(200);
    const other = new Database(intake.telemetry.$client.name);
    other.exec("BEGIN IMMEDIATE");
    const goingOn = post("going on");
    await expect.poll(async () => (await fetch(`${intake.url}/metrics`)).text()).toContain("queue_records 1\n");
    const refused = await Promise.all(["second", "third"].map(post));
    for (const answer of refused) {
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "7"]);
      expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("the disk is slow") });
    }
    other.exec("ROLLBACK");
    other.close();
    expect((await goingOn).status).toBe(200);
    expect(intake.reader.listRequests({}, { limit: 10 }).items).toHaveLength(2);
    commitMs = 5;
    for (const requestId of ["well again", "second", "third"]) expect((await post(requestId)).status).toBe(200);
    const range = { application: "deploy-assistant", measure: "requests", fromMs: 0, toMs: NOW_MS * 2 };
    expect(intake.reader.aggregate(range).count).toBe(5);
  });
});

describe("a control database that is not there yet", () => {
  test("makes the intake not ready and its calls 503, not 401 or 500", async () => {
    const fresh = await runIntake();
    const path = fresh.control.$client.name;
    fresh.control.$client.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    const response = await fresh.post(REQUESTS, { requests: [] });
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
    expect((await fetch(`${fresh.url}/readyz`)).status).toBe(503);
    await fresh.stop();
  });
});

describe("the commit queue", () => {
  function queueOf(write: (batch: Batch) => BatchOutcome, clock = () => NOW_MS) {
    return new CommitQueue({
      writer: { write },
      facts: () => factsAt(NOW_MS),
      clock,
      observer: { committed: () => undefined },
      isReading: () => false,
    });
  }
  const accept = (batch: Batch): BatchOutcome => ({
    requests: batch.requests.map(() => "accepted"),
    scores: batch.scores.map(() => "accepted"),
  });
  const batchOf = (size: number): Batch => ({ requests: Array.from({ length: size }, () => newRequest()), scores: [] });

  test("turns away what exceeds its bound, at once, and takes more when it has emptied", async () => {
    const queue = queueOf(accept);
    const first = queue.submit(batchOf(MOST_QUEUED));
    await expect(queue.submit(batchOf(1))).rejects.toMatchObject({ reason: "overloaded", retryAfterSeconds: 1 });
    await first;
    expect(queue.queued).toBe(0);
    expect((await queue.submit(batchOf(1))).requests).toEqual(["accepted"]);
  });

  test("says how long a slow disk takes, with an end to how long it asks callers to stay away", async () => {
    let nowMs = NOW_MS;
    const queue = queueOf(
      (batch) => {
        nowMs += 3_600_000;
        return accept(batch);
      },
      () => nowMs,
    );
    await queue.submit(batchOf(1));
    const going = queue.submit(batchOf(1));
    await expect(queue.submit(batchOf(1))).rejects.toMatchObject({ reason: "unavailable", retryAfterSeconds: 30 });
    expect((await going).requests).toEqual(["accepted"]);
  });

  test("commits waiting batches together and answers each with its own part", async () => {
    const sizes: number[] = [];
    const queue = queueOf((batch) => {
      sizes.push(batch.requests.length);
      return { requests: batch.requests.map((_, at) => (at === 2 ? "duplicate" : "accepted")), scores: [] };
    });
    const outcomes = await Promise.all([queue.submit(batchOf(2)), queue.submit(batchOf(1)), queue.submit(batchOf(3))]);
    expect(sizes).toEqual([6]);
    expect(outcomes.map((outcome) => outcome.requests)).toEqual([
      ["accepted", "accepted"],
      ["duplicate"],
      ["accepted", "accepted", "accepted"],
    ]);
  });

  test("does not let one batch that cannot be written take the others with it", async () => {
    const queue = queueOf((batch) => {
      if (batch.requests.some((request) => request.requestId === "poison")) throw new Error("cannot be written");
      return accept(batch);
    });
    const poison = queue.submit({ requests: [newRequest({ requestId: "poison" })], scores: [] });
    const good = queue.submit(batchOf(1));
    await expect(poison).rejects.toThrow("cannot be written");
    expect((await good).requests).toEqual(["accepted"]);
    expect(queue.queued).toBe(0);
  });

  test("commits what it has when it is closed, and takes no more", async () => {
    const queue = queueOf(accept);
    const waiting = queue.submit(batchOf(3));
    const closed = queue.close();
    await expect(queue.submit(batchOf(1))).rejects.toBeInstanceOf(NotStoredError);
    await closed;
    expect((await waiting).requests).toHaveLength(3);
  });
});
