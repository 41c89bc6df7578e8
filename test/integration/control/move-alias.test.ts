import { describe, expect, it } from "vitest";
import { moveAlias, type MoveAliasInput } from "@/server/control/move-alias";
import { openIncident } from "@/server/control/open-incident";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { findAlias, findMoveAt, listAliasMoves, listMovesAfter } from "@/server/store/control/aliases";
import { listIncidentEvents } from "@/server/store/control/incidents";
import { listOutbox } from "@/server/store/control/outbox";
import { findRollout } from "@/server/store/control/rollouts";
import {
  APP,
  BREACH,
  CONTROLLER,
  newWorld,
  ON_PRODUCTION,
  person,
  rows,
  SYSTEM,
  T0,
  tellEverything,
  type World,
} from "./fixtures";
import { startOn } from "./verb-table";

const manager = person("release_manager");
const onCall = person("on_call");

const move = (world: World, releaseId: string, change: Partial<MoveAliasInput> = {}, actor = manager) =>
  moveAlias(world.as(actor, T0 + rows(world.db, "alias_moves") + 1), {
    ...ON_PRODUCTION,
    releaseId,
    reason: "because",
    ...change,
  });

describe("moving an alias", () => {
  it("counts revisions and keeps every move", () => {
    const world = newWorld();
    const [one, two] = [world.release(1), world.release(2)];
    expect(move(world, one)).toMatchObject({ releaseId: one, revision: 1, moved: true, cause: "manual" });
    expect(move(world, two)).toMatchObject({ releaseId: two, revision: 2, moved: true });
    expect(listAliasMoves(world.db, { application: APP, limit: 10 }).items).toMatchObject([
      { fromReleaseId: one, toReleaseId: two, revision: 2, actorName: "release_manager", reason: "because" },
      { fromReleaseId: null, toReleaseId: one, revision: 1 },
    ]);
  });

  it("answers what was served at a time, to the millisecond", () => {
    const world = newWorld();
    const [one, two] = [world.release(1), world.release(2)];
    world.serve(one, T0);
    world.serve(two, T0 + 100);
    const servedAt = (atMs: number): string | undefined =>
      findMoveAt(world.db, { ...ON_PRODUCTION, atMs })?.toReleaseId;
    expect([T0 - 1, T0, T0 + 99, T0 + 100].map(servedAt)).toEqual([undefined, one, one, two]);
  });

  it("replays what a reader missed, in order", () => {
    const world = newWorld();
    for (const n of [1, 2, 3]) world.serve(world.release(n), T0 + n);
    expect(listMovesAfter(world.db, { afterId: 1, limit: 10 }).map((row) => row.revision)).toEqual([2, 3]);
  });

  it("writes nothing when the alias is there already", () => {
    const world = newWorld();
    const one = world.release(1);
    move(world, one);
    const before = rows(world.db, "audit_entries");
    expect(move(world, one)).toMatchObject({ revision: 1, moved: false });
    expect([rows(world.db, "alias_moves"), rows(world.db, "audit_entries")]).toEqual([1, before]);
  });

  it("lets one of two writers win who read the same revision", () => {
    const world = newWorld();
    const [one, two, three] = [1, 2, 3].map((n) => world.release(n));
    move(world, one ?? "");
    move(world, two ?? "", { expectedRevision: 1 });
    const late = (): unknown => move(world, three ?? "", { expectedRevision: 1 });
    expect(late).toThrow(expect.objectContaining({ code: "precondition_failed" }));
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: two, revision: 2 });
    const onlyIfNew = (): unknown => move(world, three ?? "", { expectedRevision: 0 });
    expect(onlyIfNew).toThrow(expect.objectContaining({ code: "precondition_failed" }));
  });

  it("knows only registered releases", () => {
    const world = newWorld();
    expect(() => move(world, "a0e277e29c")).toThrow(expect.objectContaining({ code: "not_found" }));
  });

  it("needs a reason", () => {
    const world = newWorld();
    const attempt = (): unknown => move(world, world.release(1), { reason: "  " });
    expect(attempt).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringContaining("reason") }),
    );
  });

  it("tells git, the registries and people, but not the one from whom the move came", () => {
    const world = newWorld();
    world.release(1);
    tellEverything(world);
    const told = (cause: MoveAliasInput["cause"], n: number): string[] => {
      const before = rows(world.db, "outbox");
      move(world, world.release(n), { cause }, SYSTEM);
      return world.db.$client
        .prepare<[number], { target: string }>("SELECT target FROM outbox WHERE id > ? ORDER BY id")
        .all(before)
        .map(({ target }) => target.split(":")[0] ?? "");
    };
    expect(told("manual", 1)).toEqual(["git", "registry", "notify"]);
    expect(told("reconcile", 2)).toEqual(["registry", "notify"]);
    expect(told("registry_sync", 3)).toEqual(["git", "notify"]);
    expect(listOutbox(world.db, { target: `git:${APP}`, limit: 1 })).toMatchObject([
      { kind: "alias.moved", payload: { revision: 3, cause: "registry_sync", toReleaseId: world.release(3) } },
    ]);
  });
});

describe("moving an alias with a live rollout", () => {
  it("is refused, naming the rollout", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    const attempt = (): unknown => move(world, world.release(3));
    expect(attempt).toThrow(expect.objectContaining({ code: "conflict", message: expect.stringContaining(rolloutId) }));
  });

  it.each(["break_glass", "rollback"] as const)("ends the rollout for cause %s, by on-call", (cause) => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    const incidentId = openIncident(world.as(onCall), { application: APP, title: "wrong answers" }).id;
    const target = world.release(3);
    expect(move(world, target, { cause, incidentId }, onCall)).toMatchObject({ releaseId: target, cause });
    expect(findRollout(world.db, rolloutId)).toMatchObject({ state: "aborted", endedAtMs: T0 + 2 });
    const [, told] = listIncidentEvents(world.db, incidentId);
    expect(told).toMatchObject({ kind: "alias_move", text: `production moved to ${target} (${cause})` });
  });

  it("needs the incident to be the application's own", () => {
    const world = newWorld();
    const attempt = (): unknown => move(world, world.release(1), { incidentId: "inc_unknown" });
    expect(attempt).toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

describe("a quarantined release", () => {
  function quarantined(world: World): string {
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    recordEvaluation(world.as(CONTROLLER, T0 + 1), {
      rolloutId,
      atMs: T0 + 1,
      evaluation: BREACH,
      codeVersion: "test",
    });
    return world.release(2);
  }

  it("is refused, naming the incident", () => {
    const world = newWorld();
    const bad = quarantined(world);
    expect(() => move(world, bad)).toThrow(
      expect.objectContaining({ code: "conflict", message: expect.stringMatching(/quarantined on production.*inc_/) }),
    );
  });

  it("serves again when somebody takes the mark back, for good", () => {
    const world = newWorld();
    const bad = quarantined(world);
    move(world, bad, { clearMark: true });
    world.serve(world.release(3), T0 + 50);
    expect(move(world, bad)).toMatchObject({ releaseId: bad, moved: true });
  });

  it("serves in an emergency without losing the mark", () => {
    const world = newWorld();
    const bad = quarantined(world);
    move(world, bad, { cause: "break_glass" }, onCall);
    world.serve(world.release(3), T0 + 50);
    expect(() => move(world, bad)).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("is not cleared by on-call", () => {
    const world = newWorld();
    const attempt = (): unknown => move(world, quarantined(world), { cause: "break_glass", clearMark: true }, onCall);
    expect(attempt).toThrow(expect.objectContaining({ code: "forbidden" }));
  });
});
