import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advanceRollout } from "@/server/control/advance-rollout";
import { findAssignment } from "@/server/control/find-assignment";
import { pauseRollout } from "@/server/control/pause-rollout";
import { resumeRollout } from "@/server/control/resume-rollout";
import { rollback } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { APP, CONTROLLER, newWorld, ON_PRODUCTION, person, type World } from "./fixtures";
import { startOn } from "./verb-table";

const manager = person("release_manager", "starter");
const SUBJECTS = Array.from({ length: 2000 }, (_, n) => `tenant-${n % 97}:conversation-${n}`);

const assign = (world: World, subject = "tenant-42:conversation-9") =>
  findAssignment(world.db, { application: APP, subject });
const onCandidate = (world: World): Set<string> =>
  new Set(SUBJECTS.filter((subject) => assign(world, subject).track === "canary"));

describe("the release of a subject", () => {
  it("is the alias' own without a rollout", () => {
    const world = newWorld();
    world.serve(world.release(1));
    expect(assign(world)).toEqual({
      track: "control",
      releaseId: world.release(1),
      bucket: 85,
      percentage: 0,
      rolloutId: null,
      shadow: null,
    });
  });

  it("follows the subject's bucket during a canary, the same every time", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    for (const subject of SUBJECTS.slice(0, 200)) {
      const { track, bucket, releaseId, percentage } = assign(world, subject);
      expect(track).toBe(bucket < 10 ? "canary" : "control");
      expect(releaseId).toBe(world.release(track === "canary" ? 2 : 1));
      expect(percentage).toBe(10);
      expect(assign(world, subject)).toMatchObject({ track, bucket, rolloutId });
    }
  });

  it("stays the control's in a shadow step, which says what to copy", () => {
    const world = newWorld();
    startOn(world, { steps: [{ shadow: "20%" }] });
    expect(assign(world)).toMatchObject({
      track: "control",
      releaseId: world.release(1),
      percentage: 0,
      shadow: { releaseId: world.release(2), percentage: 20 },
    });
  });

  it("never goes back to control while the rollout goes forward, nor by pausing and resuming", () => {
    const world = newWorld();
    const rolloutId = startOn(world, {
      steps: [{ canary: "0.5%" }, { canary: "5%" }, { canary: "50%" }, { soak: "1h", holdback: "1%" }],
    });
    let before = onCandidate(world);
    for (let step = 0; step < 3; step++) {
      advanceRollout(world.as(CONTROLLER), { rolloutId, reason: "step done" });
      const now = onCandidate(world);
      expect([...before].filter((subject) => !now.has(subject))).toEqual([]);
      expect(now.size).toBeGreaterThan(before.size);
      pauseRollout(world.as(manager), { rolloutId, reason: "look" });
      expect(onCandidate(world)).toEqual(now);
      resumeRollout(world.as(manager), { rolloutId, reason: "fine" });
      expect(onCandidate(world)).toEqual(now);
      before = now;
    }
    expect(before.size).toBeGreaterThan(SUBJECTS.length * 0.97);
    expect(before.size).toBeLessThan(SUBJECTS.length);
  });

  it("is the control's for everybody in the very moment of a rollback", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "100%" }] });
    expect(onCandidate(world).size).toBe(SUBJECTS.length);
    rollback(world.as(person("on_call")), { application: APP, reason: "wrong answers" });
    expect(onCandidate(world).size).toBe(0);
  });

  it("is the candidate for everybody where nothing served before", () => {
    const world = newWorld();
    const candidate = world.release(1);
    const nothing = expect.objectContaining({ code: "not_found" });
    expect(() => assign(world)).toThrow(nothing);
    startRollout(world.as(manager), { ...ON_PRODUCTION, candidate });
    expect(assign(world)).toMatchObject({ track: "canary", releaseId: candidate, percentage: 100 });
  });

  it("takes any subject", () => {
    const world = newWorld();
    startOn(world, { steps: [{ canary: "50%" }] });
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (subject) => {
        expect(assign(world, subject)).toEqual(assign(world, subject));
      }),
      { numRuns: 50 },
    );
  });
});
