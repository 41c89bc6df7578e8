/** A rollback as gateways confirm it, by their own word. */
import { expect, test } from "vitest";
import { withTransaction } from "@/server/store/control/database";
import { writeAck } from "@/server/store/control/acks";
import { canary, preview, progress, rolledBack } from "./rollback-stage";
import { APP, HOUR_MS, MINUTE_MS, NOW_MS } from "./story";

const SECOND_MS = 1_000;

test("gateways confirm one by one; those behind are named, also beside the traffic that has not drained", () => {
  const { story, good, candidate, incidentId } = rolledBack();
  const ack = (gateway: string, revision: number, atMs: number): void =>
    withTransaction(story.control, (tx) =>
      writeAck(tx, { application: APP, alias: "production", gateway, revision, releaseId: good, region: "eu", atMs }),
    );
  const step = (nowMs: number) => progress(story, incidentId, nowMs).step("gateways_confirmed");
  ack("gone", 2, NOW_MS - 200 * HOUR_MS);
  ack("gw-1", 2, NOW_MS - MINUTE_MS);
  ack("gw-2", 2, NOW_MS - MINUTE_MS);
  const late = "gw-2 (eu) was at revision 2 at 03:59:00 UTC";
  expect(step(NOW_MS + SECOND_MS)).toMatchObject({ state: "waiting", at: null });
  ack("gw-1", 3, NOW_MS + 2 * SECOND_MS);
  expect(step(NOW_MS + 3 * SECOND_MS)).toMatchObject({
    state: "running",
    detail: `1 of 2 known gateways confirmed revision 3; ${late}`,
  });
  const draining = progress(story, incidentId, NOW_MS + 3 * SECOND_MS).step("observed_traffic");
  expect(draining?.detail).toMatch(new RegExp(`still on ${candidate}; ${late.replace(/[()]/g, String.raw`\$&`)}$`));
  ack("gw-2", 3, NOW_MS + 5 * SECOND_MS);
  expect(step(NOW_MS + 9 * SECOND_MS)).toEqual({
    name: "gateways_confirmed",
    state: "done",
    at: NOW_MS + 5 * SECOND_MS,
    detail: "2 of 2 known gateways confirmed revision 3",
  });
});

test("before a rollback it is said which gateway runs what, those behind first, and which have not been heard for long", () => {
  const { story, first, good } = canary();
  const ack = (gateway: string, revision: number, releaseId: string, atMs: number): void =>
    withTransaction(story.control, (tx) =>
      writeAck(tx, { application: APP, alias: "production", gateway, revision, releaseId, region: null, atMs }),
    );
  expect(preview(story).gateways).toEqual([]);
  ack("gone", 1, first, NOW_MS - 200 * HOUR_MS);
  ack("gw-1", 2, good, NOW_MS - MINUTE_MS);
  ack("gw-2", 1, first, NOW_MS - HOUR_MS);
  expect(preview(story).gateways).toEqual([
    { gateway: "gw-2", region: null, releaseId: first, revision: 1, behind: true, lastSeenAt: NOW_MS - HOUR_MS },
    { gateway: "gw-1", region: null, releaseId: good, revision: 2, behind: false, lastSeenAt: NOW_MS - MINUTE_MS },
  ]);
});
