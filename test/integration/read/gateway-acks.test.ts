/** A rollback as gateways confirm it, by their own word. */
import { expect, test } from "vitest";
import { withTransaction } from "@/server/store/control/database";
import { writeAck } from "@/server/store/control/acks";
import { progress, rolledBack } from "./rollback-stage";
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
