import { describe, expect, it } from "vitest";
import { abortRollout } from "@/server/control/abort-rollout";
import { advanceRollout } from "@/server/control/advance-rollout";
import { approveRollout } from "@/server/control/approve-rollout";
import type { Actor } from "@/server/control/context";
import { extendRollout } from "@/server/control/extend-rollout";
import { pauseRollout } from "@/server/control/pause-rollout";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rejectRollout } from "@/server/control/reject-rollout";
import { resumeRollout } from "@/server/control/resume-rollout";
import { findAlias } from "@/server/store/control/aliases";
import { listApprovals } from "@/server/store/control/evaluations";
import { findRollout } from "@/server/store/control/rollouts";
import {
  addPerson,
  BREACH,
  CONTROLLER,
  evaluation,
  newWorld,
  ON_PRODUCTION,
  person,
  rows,
  T0,
  weakScore,
  type World,
} from "./fixtures";
import { startOn } from "./verb-table";

const onCall = person("on_call");
const ana = person("release_manager", "ana");
const ben = person("release_manager", "ben");
const starter = person("release_manager", "starter");
/** As the commit of release 2 names its author. */
const author: Actor = { ...person("admin", "A. Two"), email: "author2@example.org" };

const refusal = (code: string, message = /./): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

let tick = T0 + 10;
const evaluate = (world: World, rolloutId: string, seen = evaluation()) => {
  tick += 5000;
  return recordEvaluation(world.as(CONTROLLER, tick), { rolloutId, atMs: tick, evaluation: seen, codeVersion: "test" });
};
const answer = (rolloutId: string) => ({ rolloutId, reason: "because" });
const stateOf = (world: World, rolloutId: string) => findRollout(world.db, rolloutId)?.state;

const TWO_APPROVERS = [{ canary: "10%" }, { approval: { required: 2 } }, { canary: "50%" }];

/** A rollout that waits in its approval step. */
function awaiting(world: World, document: object = {}): string {
  for (const one of [ana, ben]) addPerson(world, one);
  const rolloutId = startOn(world, { steps: TWO_APPROVERS, ...document });
  advanceRollout(world.as(CONTROLLER), { rolloutId, reason: "step done" });
  return rolloutId;
}

describe("an approval step", () => {
  it("waits for as many different people as the policy asks for", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    expect(stateOf(world, rolloutId)).toBe("paused");
    const first = approveRollout(world.as(ana, T0 + 2), answer(rolloutId));
    expect(first).toMatchObject({ state: "paused", approvals: 1, required: 2 });
    const again = approveRollout(world.as(ana, T0 + 3), answer(rolloutId));
    expect(again).toMatchObject({ state: "paused", approvals: 1 });
    expect(approveRollout(world.as(ben, T0 + 4), answer(rolloutId))).toMatchObject({
      state: "canary",
      stepIndex: 2,
      approvals: 2,
    });
    expect(listApprovals(world.db, { rolloutId }).map((row) => row.actorName)).toEqual(["ana", "ben"]);
  });

  it("is not skipped by resuming", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    expect(() => resumeRollout(world.as(ana), answer(rolloutId))).toThrow(refusal("conflict", /waits for approval/));
  });

  it("promotes when it is the last step", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }, { approval: {} }] });
    evaluate(world, rolloutId, evaluation({ decision: "promote", stepComplete: true }));
    expect(stateOf(world, rolloutId)).toBe("paused");
    expect(approveRollout(world.as(ana), answer(rolloutId)).state).toBe("promoted");
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: world.release(2), cause: "promotion" });
  });

  it("loses its approvals when other limits break, and keeps them while only values change", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    evaluate(world, rolloutId, weakScore());
    approveRollout(world.as(ana, tick), answer(rolloutId));
    const wobble = weakScore();
    evaluate(world, rolloutId, { ...wobble, violations: wobble.violations.map((one) => ({ ...one, observed: 0.77 })) });
    evaluate(world, rolloutId, weakScore("helpfulness_score"));
    expect(approveRollout(world.as(ben, tick), answer(rolloutId))).toMatchObject({ approvals: 1, state: "paused" });
    expect(approveRollout(world.as(ana, tick), answer(rolloutId))).toMatchObject({ approvals: 2, state: "canary" });
  });

  it("refuses an approval of evidence that has changed since it was looked at", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    const evidenceHash = "0".repeat(64);
    const attempt = (): unknown => approveRollout(world.as(ana), { ...answer(rolloutId), evidenceHash });
    expect(attempt).toThrow(refusal("precondition_failed", /changed since you looked/));
  });

  it("can be extended: the step before it runs on at its share, and every approval is asked for again", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    approveRollout(world.as(ana, T0 + 2), answer(rolloutId));
    const extended = extendRollout(world.as(ben, T0 + 60_000), answer(rolloutId));
    expect(extended).toMatchObject({ state: "canary", stepIndex: 0 });
    expect(findRollout(world.db, rolloutId)).toMatchObject({ stepStartedAtMs: T0 + 60_000, pauseReason: null });
    advanceRollout(world.as(CONTROLLER), { rolloutId, reason: "step done again" });
    expect(approveRollout(world.as(ben, T0 + 70_000), answer(rolloutId))).toMatchObject({
      approvals: 1,
      state: "paused",
    });
    expect(approveRollout(world.as(ana, T0 + 80_000), answer(rolloutId))).toMatchObject({ approvals: 2, stepIndex: 2 });
    expect(listApprovals(world.db, { rolloutId }).map(({ verdict }) => verdict)).toEqual([
      "approve",
      "extend",
      "approve",
      "approve",
    ]);
  });

  it("does not stop protection: a breach rolls back while it waits", () => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    expect(evaluate(world, rolloutId, BREACH).outcome).toBe("rolled_back");
    expect(() => approveRollout(world.as(ana), answer(rolloutId))).toThrow(refusal("conflict", /it has ended/));
  });
});

describe("nobody lets the own release through", () => {
  it.each<[string, Actor]>([
    ["who started the rollout", starter],
    ["the candidate's author, known by the commit's address", author],
  ])("refuses %s", (_, actor) => {
    const world = newWorld();
    const rolloutId = awaiting(world);
    expect(() => approveRollout(world.as(actor), answer(rolloutId))).toThrow(refusal("forbidden", /somebody else/));
    expect(rows(world.db, "approvals")).toBe(0);
  });

  it("takes who registered a release for its author where none is named", () => {
    const world = newWorld();
    const registrant = person("admin", "ci");
    world.release(2, { author: undefined });
    const rolloutId = awaiting(world);
    expect(approveRollout(world.as(ben), answer(rolloutId)).approvals).toBe(1);
    expect(() => approveRollout(world.as(registrant), answer(rolloutId))).toThrow(refusal("forbidden", /author/));
  });

  it("unless the policy allows it", () => {
    const world = newWorld();
    const rolloutId = awaiting(world, { allow_self_approval: true });
    approveRollout(world.as(starter), answer(rolloutId));
    expect(approveRollout(world.as(author), answer(rolloutId)).state).toBe("canary");
  });

  it("nor by resuming what was paused for review", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    evaluate(world, rolloutId, weakScore());
    expect(() => resumeRollout(world.as(starter), answer(rolloutId))).toThrow(refusal("forbidden"));
    expect(resumeRollout(world.as(ana, tick), answer(rolloutId)).state).toBe("canary");
  });

  it("nor by pausing first, so that the review finds it paused", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(starter), answer(rolloutId));
    expect(evaluate(world, rolloutId, weakScore()).outcome).toBe("kept");
    expect(() => resumeRollout(world.as(starter), answer(rolloutId))).toThrow(refusal("forbidden"));
  });

  it("but may lift the own pause", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(starter), answer(rolloutId));
    expect(resumeRollout(world.as(starter), answer(rolloutId)).state).toBe("canary");
  });
});

describe("answers to a rollout", () => {
  it("reject it from a pause, keeping the answer, and what serves goes on", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(onCall), answer(rolloutId));
    expect(rejectRollout(world.as(ana), answer(rolloutId)).state).toBe("rejected");
    expect(listApprovals(world.db, { rolloutId })).toMatchObject([{ verdict: "reject", actorName: "ana" }]);
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: world.release(1), revision: 1 });
  });

  it("extend a reviewed step, by somebody independent, with its clock started anew", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%", min_duration: "1h" }] });
    evaluate(world, rolloutId, weakScore());
    expect(() => extendRollout(world.as(starter), answer(rolloutId))).toThrow(refusal("forbidden"));
    const atMs = tick + 1_000;
    expect(extendRollout(world.as(ana, atMs), answer(rolloutId))).toMatchObject({ state: "canary", stepIndex: 0 });
    expect(findRollout(world.db, rolloutId)?.stepStartedAtMs).toBe(atMs);
  });

  it("cannot extend what has not served", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ approval: {} }, { canary: "10%" }] });
    expect(stateOf(world, rolloutId)).toBe("paused");
    expect(() => extendRollout(world.as(ana), answer(rolloutId))).toThrow(refusal("conflict", /no step to extend/));
  });

  it("abort it from any live state", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(onCall), answer(rolloutId));
    expect(abortRollout(world.as(onCall), answer(rolloutId)).state).toBe("aborted");
    expect(() => abortRollout(world.as(onCall), answer(rolloutId))).toThrow(refusal("conflict", /it has ended/));
  });

  it.each<[string, (world: World, rolloutId: string) => unknown]>([
    ["approving", (world, rolloutId) => approveRollout(world.as(ana), answer(rolloutId))],
    ["extending", (world, rolloutId) => extendRollout(world.as(ana), answer(rolloutId))],
    ["resuming", (world, rolloutId) => resumeRollout(world.as(ana), answer(rolloutId))],
    ["rejecting", (world, rolloutId) => rejectRollout(world.as(ana), answer(rolloutId))],
  ])("%s is refused while it runs, naming what is possible", (_, attempt) => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    expect(() => attempt(world, rolloutId)).toThrow(refusal("conflict", /is canary; possible now: pause/));
  });

  it("lose the race when somebody else answered since the revision was read", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    const expectedRevision = findRollout(world.db, rolloutId)?.revision ?? 0;
    pauseRollout(world.as(onCall), { ...answer(rolloutId), expectedRevision });
    const late = (): unknown => abortRollout(world.as(ana), { ...answer(rolloutId), expectedRevision });
    expect(late).toThrow(refusal("precondition_failed", /it is paused at revision 3/));
    expect(stateOf(world, rolloutId)).toBe("paused");
  });

  it("know no rollout that is not there", () => {
    const world = newWorld();
    expect(() => pauseRollout(world.as(onCall), answer("rol_0"))).toThrow(refusal("not_found", /rol_0/));
  });
});

describe("the controller's advance", () => {
  it("goes step by step to the promotion, which moves the alias", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ shadow: "5%" }, { canary: "10%" }, { soak: "1h", holdback: "1%" }] });
    const advance = () => advanceRollout(world.as(CONTROLLER), answer(rolloutId));
    expect([advance(), advance(), advance()].map(({ state, stepIndex }) => [state, stepIndex])).toEqual([
      ["canary", 1],
      ["soak", 2],
      ["promoted", 2],
    ]);
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: world.release(2), revision: 2 });
    expect(advance).toThrow(refusal("conflict", /ended/));
  });

  it("does not lift a pause", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }] });
    pauseRollout(world.as(onCall), answer(rolloutId));
    expect(() => advanceRollout(world.as(CONTROLLER), answer(rolloutId))).toThrow(refusal("conflict"));
  });

  it("does not open gates", () => {
    const world = newWorld();
    const rolloutId = startOn(world, { steps: [{ canary: "10%" }], gates: { quality: { min: 0.8 } } });
    const attempt = (): unknown => advanceRollout(world.as(CONTROLLER), answer(rolloutId));
    expect(attempt).toThrow(refusal("conflict", /cannot pass its gates: waiting for evidence/));
  });
});
