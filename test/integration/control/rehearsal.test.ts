/** A rehearsal: a broken canary that nobody is served by, told of, or counts; and the time it takes until its rollback. */
import { beforeEach, describe, expect, it } from "vitest";
import { putApplication } from "@/server/control/put-application";
import { putNotificationRoute } from "@/server/control/put-notification-route";
import { registerRelease } from "@/server/control/register-release";
import { rollback } from "@/server/control/rollback";
import { startRehearsal } from "@/server/control/start-rehearsal";
import { isRehearsal, LONGEST_REHEARSED, rehearsalOf, rehearsedBy } from "@/server/domain/rehearsal/rehearsal";
import { applicationList } from "@/server/read/applications";
import { readDelivery } from "@/server/read/overview-delivery";
import { readRehearsals, RehearsalsView } from "@/server/read/rehearsals";
import { findAlias, findBadMark } from "@/server/store/control/aliases";
import { readControlFigures } from "@/server/store/control/figures";
import { findRollout } from "@/server/store/control/rollouts";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { APP, freshDatabasePath, MINUTE_MS, newWorld, open, person, rows, T0, type World } from "./fixtures";

const onCall = person("on_call", "Robin");
const REHEARSAL = rehearsalOf(APP);
const PRODUCTION = { application: REHEARSAL, alias: "production" };

let world: World;
let path: string;
beforeEach(() => {
  path = freshDatabasePath();
  world = newWorld(open(path));
  world.serve(world.release(1));
});

const start = (atMs: number, startOver = false) =>
  startRehearsal(world.as(onCall, atMs), { application: APP, startOver });
const rollBack = (atMs: number) => rollback(world.as(onCall, atMs), { application: REHEARSAL, reason: "rehearsed" });
const read = (nowMs: number) =>
  readRehearsals({ control: world.db, telemetry: new FakeTelemetry(), nowMs }, { application: APP });

describe("a rehearsal", () => {
  it("is a live canary of a broken release beside a good one, in an application of its own", () => {
    const { rehearsal, rolloutId, goodReleaseId, brokenReleaseId } = start(T0);
    expect(rehearsal).toBe("rehearsal-of-deploy-assistant");
    expect(findRollout(world.db, rolloutId)).toMatchObject({
      state: "canary",
      candidateId: brokenReleaseId,
      controlId: goodReleaseId,
      policyName: "rehearsal",
    });
    expect(findAlias(world.db, PRODUCTION)?.releaseId).toBe(goodReleaseId);
    expect(findAlias(world.db, { application: APP, alias: "production" })?.releaseId).toBe(world.release(1));
  });

  it("takes the time from its start to the rollback, and says who did it", () => {
    start(T0);
    expect(read(T0 + MINUTE_MS)).toMatchObject({ live: { startedBy: "Robin", rolledBack: null }, runs: [] });
    const { incidentId } = rollBack(T0 + 42_000);
    const view = read(T0 + 10 * MINUTE_MS);
    expect(RehearsalsView.safeParse(view).error).toBeUndefined();
    expect(view).toMatchObject({
      live: null,
      runs: [{ state: "rolled_back", rolledBack: { tookMs: 42_000, by: { label: "Robin" }, incidentId } }],
      sentence: "Last rehearsed 9 min ago by Robin: 42 s from the start to the rollback.",
    });
  });

  it("can be done again, with another broken release, although the first is marked bad", () => {
    const first = start(T0);
    rollBack(T0 + 50_000);
    expect(findBadMark(world.db, { ...PRODUCTION, releaseId: first.brokenReleaseId })).toBeDefined();
    const second = start(T0 + MINUTE_MS);
    expect(second.brokenReleaseId).not.toBe(first.brokenReleaseId);
    expect(second.goodReleaseId).toBe(first.goodReleaseId);
    rollBack(T0 + MINUTE_MS + 20_000);
    expect(read(T0 + 2 * MINUTE_MS).sentence).toContain("the fastest of 2 rehearsals took 20 s");
  });

  it("is one at a time: a second is refused, unless it starts over", () => {
    const first = start(T0);
    expect(() => start(T0 + 1_000)).toThrow(/under way since it was started by Robin: go on with it, or start over/);
    const second = start(T0 + 2_000, true);
    expect(findRollout(world.db, first.rolloutId)?.state).toBe("aborted");
    expect(read(T0 + 3_000)).toMatchObject({
      live: { rolloutId: second.rolloutId },
      runs: [{ rolloutId: first.rolloutId, state: "aborted", rolledBack: null }],
    });
  });
});

describe("nobody is concerned by it:", () => {
  it("no route, no git and no registry hears of it", () => {
    putNotificationRoute(world.as(person("admin")), {
      name: "all",
      minSeverity: "minor",
      settings: { channel: "slack", url: "file:slack" },
    });
    const before = rows(world.db, "outbox");
    start(T0);
    rollBack(T0 + 30_000);
    expect(rows(world.db, "outbox")).toBe(before);
  });

  it("no figure counts it", () => {
    const { db } = world;
    start(T0);
    rollBack(T0 + 30_000);
    const deps = { control: db, telemetry: new FakeTelemetry(), nowMs: T0 + MINUTE_MS };
    expect(readDelivery(deps, REHEARSAL)).toMatchObject({ changes: 0, failed: 0, restore: { count: 0 } });
    const { rollouts, incidents, aliases } = readControlFigures(db, T0 + MINUTE_MS);
    expect([...rollouts, ...incidents, ...aliases].filter(({ application }) => isRehearsal(application))).toEqual([]);
    expect(aliases).toHaveLength(1);
  });

  it("a record that names no application still belongs to the only real one", () => {
    start(T0);
    const facts = new ControlFacts(path);
    facts.refresh();
    expect(facts.applicationOf(null)).toBe(APP);
    expect(facts.rehearsals).toMatchObject([{ application: REHEARSAL, endedAtMs: null }]);
    facts.close();
  });

  it("the list of applications begins with those that people are served by", () => {
    start(T0);
    putApplication(world.as(person("release_manager")), { application: "support" });
    const deps = { control: world.db, telemetry: new FakeTelemetry(), nowMs: T0 };
    expect(applicationList(deps).map(({ id }) => id)).toEqual([APP, "support", REHEARSAL]);
  });
});

describe("what cannot be rehearsed", () => {
  const refusal = (application: string) => () => startRehearsal(world.as(onCall), { application });

  it.each([
    ["an unknown application", "nobody-knows", /not found|no application|nobody-knows/],
    ["a rehearsal", REHEARSAL, /is a rehearsal itself: rehearse the application/],
    ["an id that leaves no room", "a".repeat(LONGEST_REHEARSED + 1), /has more than 50 characters/],
  ])("%s", (_, application, message) => {
    expect(refusal(application)).toThrow(message);
  });

  it("a real application cannot take a rehearsal's name, which tells nobody", () => {
    const manager = world.as(person("release_manager"));
    expect(() => putApplication(manager, { application: REHEARSAL })).toThrow(/choose another name/);
    const components = { prompt: "support@9" };
    expect(() => registerRelease(manager, { application: REHEARSAL, components })).toThrow(/choose another name/);
  });

  it("a name leads to its rehearsal and back", () => {
    expect(rehearsedBy(rehearsalOf(APP))).toBe(APP);
    expect(rehearsedBy(APP)).toBe(APP);
    expect(isRehearsal(APP)).toBe(false);
  });
});
