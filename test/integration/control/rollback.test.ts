import { describe, expect, it } from "vitest";
import type { Actor } from "@/server/control/context";
import { findKnownGood } from "@/server/control/known-good";
import { moveAlias } from "@/server/control/move-alias";
import { openIncident } from "@/server/control/open-incident";
import { pauseRollout } from "@/server/control/pause-rollout";
import { recordDrained } from "@/server/control/record-drained";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rollback, type RollbackInput } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { findAlias, findBadMark, listAliasMoves } from "@/server/store/control/aliases";
import { findIncident, listIncidents } from "@/server/store/control/incidents";
import { findRollout } from "@/server/store/control/rollouts";
import {
  APP,
  CONTROLLER,
  evaluation,
  MINUTE_MS,
  newWorld,
  ON_PRODUCTION,
  person,
  rows,
  T0,
  type World,
} from "./fixtures";
import { startOn } from "./verb-table";

const ana = person("on_call", "ana");
const ben = person("on_call", "ben");
const manager = person("release_manager");

const refusal = (code: string, message = /./): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

const back = (world: World, change: Partial<RollbackInput> = {}, by: { actor?: Actor; atMs?: number } = {}) =>
  rollback(world.as(by.actor ?? ana, by.atMs ?? T0 + MINUTE_MS), {
    application: APP,
    reason: "wrong answers",
    ...change,
  });

/** Promotes a registered release through a rollout. */
function promote(world: World, candidate: string, atMs: number): void {
  const { id: rolloutId } = startRollout(world.as(manager, atMs), { ...ON_PRODUCTION, candidate });
  const seen = evaluation({ decision: "promote", stepComplete: true });
  recordEvaluation(world.as(CONTROLLER, atMs + 1), {
    rolloutId,
    atMs: atMs + 1,
    evaluation: seen,
    codeVersion: "test",
  });
}

describe("one click with a canary live", () => {
  it("takes the candidate out, and the alias gets a revision that gateways notice", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    const [good, bad] = [world.release(1), world.release(2)];
    const result = back(world);
    expect(result).toMatchObject({ fromReleaseId: bad, toReleaseId: good, revision: 2 });
    expect(findRollout(world.db, rolloutId)).toMatchObject({ state: "rolled_back", incidentId: result.incidentId });
    expect(findBadMark(world.db, { ...ON_PRODUCTION, releaseId: bad })).toBeDefined();
    expect(findBadMark(world.db, { ...ON_PRODUCTION, releaseId: good })).toBeUndefined();
    expect(findIncident(world.db, result.incidentId)).toMatchObject({
      cause: "rollback",
      severity: "major",
      openedByName: "ana",
    });
    expect(listAliasMoves(world.db, { application: APP, limit: 1 }).items[0]?.auditSeq).toBe(result.auditId);
  });

  it("also takes out one that is paused", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(ana), { rolloutId, reason: "look" });
    expect(back(world).fromReleaseId).toBe(world.release(2));
  });

  it.each<[string, object]>([
    ["users do not see, in a shadow step", { steps: [{ shadow: "20%" }] }],
    ["users do not see, at its gates", { steps: [{ canary: "10%" }], gates: { quality: { min: 1 } } }],
  ])("is about what serves when the candidate is one that %s", (_, document) => {
    const world = newWorld();
    world.serve(world.release(3));
    const rolloutId = startOn(world, { steps: [], ...document });
    expect(back(world)).toMatchObject({ fromReleaseId: world.release(1), toReleaseId: world.release(3) });
    expect(findRollout(world.db, rolloutId)?.state).toBe("aborted");
    expect(findBadMark(world.db, { ...ON_PRODUCTION, releaseId: world.release(2) })).toBeUndefined();
  });

  it("is about what serves when the caller names an older release", () => {
    const world = newWorld();
    world.serve(world.release(3));
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    expect(back(world, { toReleaseId: world.release(3) }).fromReleaseId).toBe(world.release(1));
    expect(findRollout(world.db, rolloutId)?.state).toBe("aborted");
  });
});

describe("one click without a rollout", () => {
  it("goes to the last known good release", () => {
    const world = newWorld();
    world.serve(world.release(1));
    promote(world, world.release(2), T0 + 1000);
    promote(world, world.release(3), T0 + 2000);
    expect(back(world)).toMatchObject({ fromReleaseId: world.release(3), toReleaseId: world.release(2), revision: 4 });
    expect(listIncidents(world.db, { limit: 9 }).items).toMatchObject([{ severity: "critical", status: "mitigated" }]);
  });

  it("goes past what a rollback marked bad", () => {
    const world = newWorld();
    world.serve(world.release(1));
    promote(world, world.release(2), T0 + 1000);
    back(world, {}, { atMs: T0 + 2000 });
    promote(world, world.release(3), T0 + 10 * MINUTE_MS);
    expect(findKnownGood(world.db, { ...ON_PRODUCTION, current: world.release(3) })).toBe(world.release(1));
    expect(back(world, {}, { atMs: T0 + 20 * MINUTE_MS }).toReleaseId).toBe(world.release(1));
  });

  it("goes to a release whose mark somebody took back", () => {
    const world = newWorld();
    world.serve(world.release(1));
    promote(world, world.release(2), T0 + 1000);
    back(world, {}, { atMs: T0 + 2000 });
    const again = { ...ON_PRODUCTION, releaseId: world.release(2), clearMark: true, reason: "the provider failed" };
    moveAlias(world.as(manager, T0 + 3000), again);
    promote(world, world.release(3), T0 + 10 * MINUTE_MS);
    expect(back(world, {}, { atMs: T0 + 20 * MINUTE_MS }).toReleaseId).toBe(world.release(2));
  });

  it("says what to do when nothing is known good", () => {
    const world = newWorld();
    world.serve(world.release(1));
    expect(() => back(world)).toThrow(refusal("precondition_failed", /name the one to go to with toReleaseId/));
    expect(rows(world.db, "incidents")).toBe(0);
    world.release(2);
    expect(back(world, { toReleaseId: world.release(2) })).toMatchObject({
      toReleaseId: world.release(2),
      revision: 2,
    });
  });

  it.each<[string, (world: World) => Partial<RollbackInput>, string, RegExp]>([
    ["a release that is not registered", () => ({ toReleaseId: "a0e277e29c" }), "not_found", /a0e277e29c/],
    ["what serves already", (world) => ({ toReleaseId: world.release(2) }), "conflict", /serves .* already/],
    ["another application's incident", () => ({ incidentId: "inc_0" }), "not_found", /inc_0/],
    ["an alias that is not there", () => ({ alias: "staging" }), "not_found", /staging/],
    ["an older look at the alias", () => ({ revision: 1 }), "precondition_failed", /moved since you looked/],
  ])("refuses %s", (_, change, code, message) => {
    const world = newWorld();
    world.serve(world.release(1));
    world.serve(world.release(2));
    expect(() => back(world, change(world))).toThrow(refusal(code, message));
    expect(findAlias(world.db, ON_PRODUCTION)?.revision).toBe(2);
  });

  it("refuses a target that is quarantined", () => {
    const world = newWorld();
    world.serve(world.release(1));
    promote(world, world.release(2), T0 + 1000);
    back(world, {}, { atMs: T0 + 2000 });
    const attempt = (): unknown => back(world, { toReleaseId: world.release(2) }, { atMs: T0 + 20 * MINUTE_MS });
    expect(attempt).toThrow(refusal("conflict", /quarantined/));
  });

  it("never lets the controller go past a live rollout's candidate", () => {
    const world = newWorld();
    world.serve(world.release(1));
    world.serve(world.release(2));
    expect(() => back(world, {}, { actor: CONTROLLER })).toThrow(refusal("forbidden"));
    startRollout(world.as(manager), { ...ON_PRODUCTION, candidate: world.release(3) });
    const older = { toReleaseId: world.release(1) };
    expect(() => back(world, older, { actor: CONTROLLER })).toThrow(refusal("forbidden"));
    expect(back(world, {}, { actor: CONTROLLER })).toMatchObject({
      fromReleaseId: world.release(3),
      toReleaseId: world.release(2),
    });
  });
});

describe("two people at once", () => {
  function served(): World {
    const world = newWorld();
    world.serve(world.release(1));
    promote(world, world.release(2), T0 + 1000);
    promote(world, world.release(3), T0 + 2000);
    return world;
  }

  it("get one rollback, and both its answer", () => {
    const world = served();
    const first = back(world, { revision: 3 });
    const before = rows(world.db, "audit_entries");
    expect(back(world, { revision: 3 }, { actor: ben, atMs: T0 + MINUTE_MS + 1 })).toEqual(first);
    expect(back(world, {}, { actor: ben, atMs: T0 + MINUTE_MS + 2 })).toEqual(first);
    expect(back(world, { toReleaseId: first.toReleaseId }, { actor: ben, atMs: T0 + 60 * MINUTE_MS })).toEqual(first);
    expect(rows(world.db, "audit_entries")).toBe(before);
    expect(rows(world.db, "incidents")).toBe(1);
  });

  it("one of whom has seen the first rollback may go further back", () => {
    const world = served();
    const first = back(world);
    const second = back(world, { revision: first.revision }, { actor: ben, atMs: T0 + MINUTE_MS + 5000 });
    expect(second).toMatchObject({ fromReleaseId: world.release(2), toReleaseId: world.release(1) });
  });

  it("are two when the second comes after five minutes", () => {
    const world = served();
    const first = back(world);
    const inTime = { actor: ben, atMs: T0 + 6 * MINUTE_MS };
    expect(back(world, {}, inTime)).toEqual(first);
    expect(back(world, {}, { ...inTime, atMs: inTime.atMs + 1 }).fromReleaseId).toBe(first.toReleaseId);
  });

  it("one of whom names another target gets it", () => {
    const world = served();
    back(world);
    expect(back(world, { toReleaseId: world.release(1) }, { actor: ben }).toReleaseId).toBe(world.release(1));
  });

  it("are one when the canary is taken out by the controller and by hand", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "10%" }] });
    const automatic = back(world, {}, { actor: CONTROLLER });
    expect(back(world, {}, { actor: ben })).toEqual(automatic);
  });

  it("are two when a new rollout is live", () => {
    const world = served();
    const first = back(world);
    const candidate = world.release(4);
    startRollout(world.as(manager, T0 + MINUTE_MS + 1), { ...ON_PRODUCTION, candidate });
    expect(back(world, {}, { atMs: T0 + MINUTE_MS + 2 })).toMatchObject({
      fromReleaseId: candidate,
      revision: first.revision + 1,
    });
  });
});

describe("the incident of a rollback", () => {
  it("is the one that is named", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "10%" }] });
    const { id } = openIncident(world.as(ana), { application: APP, title: "wrong answers" });
    expect(back(world, { incidentId: id }).incidentId).toBe(id);
    expect(findIncident(world.db, id)).toMatchObject({
      status: "mitigated",
      releaseId: world.release(2),
      cause: "person",
    });
  });

  it("is the open one about the failed release", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "10%" }] });
    const { id } = openIncident(world.as(ana), {
      application: APP,
      title: "wrong answers",
      releaseId: world.release(2),
    });
    expect(back(world).incidentId).toBe(id);
    expect(rows(world.db, "incidents")).toBe(1);
  });

  it("opens anew when the same release fails again", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "10%" }] });
    const first = back(world);
    recordDrained(world.as(CONTROLLER), { incidentId: first.incidentId, drainedAtMs: T0 + MINUTE_MS });
    const again = { ...ON_PRODUCTION, candidate: world.release(2), clearMark: true, reason: "fixed outside" };
    startRollout(world.as(manager, T0 + 2 * MINUTE_MS), again);
    expect(back(world, {}, { atMs: T0 + 3 * MINUTE_MS }).incidentId).toBe(first.incidentId);
    expect(findIncident(world.db, first.incidentId)).toMatchObject({
      status: "mitigated",
      mitigatedAtMs: T0 + 3 * MINUTE_MS,
      drainedAtMs: null,
    });
  });
});
