/**
 * Random sequences of everything that people, pipelines and the controller can do, against the real database and a model
 * of ten lines. After every act the database must hold what the rules promise.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { abortRollout } from "@/server/control/abort-rollout";
import type { ControlContext } from "@/server/control/context";
import { approveRollout } from "@/server/control/approve-rollout";
import { moveAlias } from "@/server/control/move-alias";
import { pauseRollout } from "@/server/control/pause-rollout";
import { putPolicy } from "@/server/control/put-policy";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rejectRollout } from "@/server/control/reject-rollout";
import { extendRollout } from "@/server/control/extend-rollout";
import { resumeRollout } from "@/server/control/resume-rollout";
import { rollback } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { policyOf } from "@/server/control/rollout-core";
import { stepsOf } from "@/server/domain/rollout/steps";
import { verifyChain } from "@/server/domain/audit/chain";
import { DomainError } from "@/server/domain/errors";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { isEnded, nextState, type RolloutEvent } from "@/server/domain/rollout/state-machine";
import { ROLLOUT_STATES, type RolloutState } from "@/server/domain/vocabulary";
import { findAlias, findBadMark, listMovesOfAlias, type AliasMoveRow } from "@/server/store/control/aliases";
import { listApprovals } from "@/server/store/control/evaluations";
import { readStoredChain } from "@/server/store/control/audit";
import {
  findLiveRollout,
  listRolloutsOfAlias,
  listTransitions,
  type RolloutRow,
} from "@/server/store/control/rollouts";
import {
  addPerson,
  BREACH,
  CONTROLLER,
  evaluation,
  freshDatabase,
  newWorld,
  ON_PRODUCTION,
  person,
  rows,
  token,
  T0,
  weakScore,
  type World,
} from "./fixtures";

const onCall = person("on_call", "ana");
const managers = [person("release_manager", "ben"), person("release_manager", "eva")] as const;
const ci = token(["ci"]);

const POLICIES = {
  plain: { steps: [{ canary: "10%" }] },
  story: {
    steps: [{ shadow: "5%" }, { canary: "10%" }, { approval: { required: 2 } }, { canary: "50%" }, { soak: "1h" }],
  },
  gated: { steps: [{ canary: "10%" }, { approval: {} }], gates: { quality: { min: 0.8 } } },
};

const SEEN: Record<string, PolicyEvaluation> = {
  healthy: evaluation(),
  complete: evaluation({ stepComplete: true }),
  promote: evaluation({ decision: "promote", stepComplete: true }),
  weak: weakScore(),
  weaker: weakScore("helpfulness_score"),
  breach: BREACH,
};

/** One act: what is done, on which release, by which of two people, and how much later. */
const act = fc.record({
  kind: fc.constantFrom(
    ...([
      "start",
      "evaluate",
      "evaluate",
      "evaluate",
      "evaluate",
      "evaluate",
      "approve",
      "approve",
      "approve",
    ] as const),
    ...([
      "extend",
      "pause",
      "resume",
      "reject",
      "abort",
      "rollback",
      "rollback to",
      "move",
      "break glass",
      "submit",
    ] as const),
  ),
  release: fc.integer({ min: 1, max: 4 }),
  who: fc.integer({ min: 0, max: 1 }),
  policy: fc.constantFrom<keyof typeof POLICIES>("plain", "story", "gated"),
  seen: fc.constantFrom(...Object.keys(SEEN), "complete", "complete", "complete", "promote"),
  laterMs: fc.constantFrom(0, 1, 1000, 400_000),
  clearMark: fc.boolean(),
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Acts that answer a live rollout; without one they mostly start one, or the walk would spend itself on refusals. */
const ANSWERS: ReadonlySet<Act["kind"]> = new Set([
  "evaluate",
  "approve",
  "extend",
  "pause",
  "resume",
  "reject",
  "abort",
]);

function perform(world: World, step: Act, atMs: number): void {
  const live = findLiveRollout(world.db, ON_PRODUCTION);
  const rolloutId = live?.id ?? listRolloutsOfAlias(world.db, ON_PRODUCTION).at(-1)?.id ?? "rol_0";
  const kind = live === undefined && ANSWERS.has(step.kind) && step.laterMs > 0 ? "start" : step.kind;
  ACTS[kind]({
    step,
    atMs,
    releaseId: world.release(step.release),
    answer: { rolloutId, reason: "random" },
    onCall: world.as(onCall, atMs),
    manager: world.as(managers[step.who] ?? managers[0], atMs),
    pipeline: world.as(ci, atMs),
    controller: world.as(CONTROLLER, atMs),
  });
}

interface Scene {
  step: Act;
  atMs: number;
  releaseId: string;
  answer: { rolloutId: string; reason: string };
  onCall: ControlContext;
  manager: ControlContext;
  pipeline: ControlContext;
  controller: ControlContext;
}

const random = { ...ON_PRODUCTION, reason: "random" };

const ACTS: Readonly<Record<Act["kind"], (scene: Scene) => unknown>> = {
  start: ({ step: { policy, clearMark }, releaseId, manager, pipeline }) =>
    clearMark
      ? startRollout(manager, { ...random, candidate: releaseId, policy, clearMark })
      : startRollout(pipeline, { ...ON_PRODUCTION, candidate: releaseId, policy }),
  evaluate: ({ step, atMs, answer: { rolloutId }, controller }) =>
    recordEvaluation(controller, { rolloutId, atMs, evaluation: SEEN[step.seen] ?? evaluation(), codeVersion: "test" }),
  approve: ({ manager, answer }) => approveRollout(manager, answer),
  pause: ({ onCall: context, answer }) => pauseRollout(context, answer),
  extend: ({ manager, answer }) => extendRollout(manager, answer),
  resume: ({ manager, answer }) => resumeRollout(manager, answer),
  reject: ({ manager, answer }) => rejectRollout(manager, answer),
  abort: ({ onCall: context, answer }) => abortRollout(context, answer),
  rollback: ({ step, onCall: context, controller }) => rollback(step.clearMark ? controller : context, random),
  "rollback to": ({ onCall: context, releaseId }) => rollback(context, { ...random, toReleaseId: releaseId }),
  move: ({ step, manager, releaseId }) => moveAlias(manager, { ...random, releaseId, clearMark: step.clearMark }),
  "break glass": ({ onCall: context, releaseId }) => moveAlias(context, { ...random, releaseId, cause: "break_glass" }),
  submit: ({ step, pipeline, releaseId }) =>
    submitEvaluation(pipeline, { releaseId, suite: "golden", results: { quality: step.clearMark ? 0.9 : 0.5 } }),
};

/** What must hold at every moment. */
function check(world: World): void {
  const { db } = world;
  const chain = readStoredChain(db, { afterSeq: 0, limit: 10_000 });
  expect(verifyChain(chain)).toEqual({ entries: chain.length, valid: true });

  const alias = findAlias(db, ON_PRODUCTION);
  const moves = listMovesOfAlias(db, ON_PRODUCTION);
  expect(moves.map((move) => move.revision)).toEqual(moves.map((_, index) => index + 1));
  expect([alias?.revision, alias?.releaseId]).toEqual([moves.length, moves.at(-1)?.toReleaseId]);
  expect(moves.every((move) => chain[move.auditSeq - 1]?.seq === move.auditSeq)).toBe(true);
  // Every move is told exactly once to git and once to the registries; no route asks for it, so nobody else is.
  expect(rows(db, "outbox WHERE kind IN ('alias.moved', 'alias.rolled_back')")).toBe(2 * moves.length);

  const rollouts = listRolloutsOfAlias(db, ON_PRODUCTION);
  const live = rollouts.filter((rollout) => rollout.endedAtMs === null);
  expect(live.length).toBeLessThanOrEqual(1);
  // While one is live, nothing else moves what it is compared with.
  expect(live.every((rollout) => rollout.controlId === alias?.releaseId)).toBe(true);
  for (const rollout of rollouts) checkRollout(world, { rollout, moves });
}

function checkRollout(world: World, { rollout, moves }: { rollout: RolloutRow; moves: readonly AliasMoveRow[] }): void {
  const { state, endedAtMs, pausedFrom, incidentId } = rollout;
  expect([isEnded(state), state === "paused"]).toEqual([endedAtMs !== null, pausedFrom !== null]);
  expect(state !== "rolled_back" || incidentId !== null).toBe(true);
  const promotions = moves.filter((move) => move.rolloutId === rollout.id && move.cause === "promotion");
  expect(promotions).toHaveLength(state === "promoted" ? 1 : 0);
  let walked: RolloutState = "draft";
  let stepIndex = -1;
  for (const transition of listTransitions(world.db, rollout.id)) {
    const { fromState, toState, event } = transition;
    expect(fromState).toBe(walked);
    if (event === "approve") checkApproved(world, { rollout, stepIndex, atMs: transition.atMs });
    stepIndex = transition.stepIndex;
    // The column holds the events that the state machine knows; any other leads nowhere.
    expect(nextState(walked, { type: event, to: toState } as RolloutEvent)).toBe(toState);
    walked = ROLLOUT_STATES.find((known) => known === toState) ?? walked;
  }
  expect(walked).toBe(state);
}

/** Nobody lets the own rollout through, and an approval step ends with as many different people as it asks for. */
function checkApproved(
  world: World,
  { rollout, stepIndex, atMs }: { rollout: RolloutRow; stepIndex: number; atMs: number },
): void {
  const given = listApprovals(world.db, { rolloutId: rollout.id, stepIndex }).filter(
    (answer) => answer.verdict === "approve" && answer.atMs <= atMs,
  );
  const people = new Set(given.map(({ actorId }) => actorId));
  const step = stepsOf(policyOf(world.db, rollout))[stepIndex];
  expect(people.size).toBeGreaterThanOrEqual(step?.kind === "approval" ? step.required : 1);
  expect(people).not.toContain(rollout.startedById);
}

/** What an act may never do, seen from the state before it. */
function checkAct(world: World, before: { alias: string | undefined; bad: Set<string> }, step: Act): void {
  const now = findAlias(world.db, ON_PRODUCTION);
  if (now === undefined || now.releaseId === before.alias || step.kind === "break glass") return;
  // Nothing that was quarantined begins to serve unless somebody cleared it.
  const stillBad = findBadMark(world.db, { ...ON_PRODUCTION, releaseId: now.releaseId }) !== undefined;
  expect(before.bad.has(now.releaseId) && stillBad).toBe(false);
}

/** `done`, or the code of the refusal. Anything else that is thrown is a fault. */
function outcomeOf(attempt: () => void): string {
  try {
    attempt();
    return "done";
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

it("no sequence of acts breaks the rules", () => {
  let acts = 0;
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(act, { minLength: 10, maxLength: 40 }), (steps) => {
      const db = freshDatabase();
      const world = newWorld(db);
      for (const manager of managers) addPerson(world, manager);
      for (const [name, document] of Object.entries(POLICIES)) putPolicy(world.as(managers[0]), { name, document });
      for (const n of [1, 2, 3, 4]) world.release(n);
      world.serve(world.release(1));
      let nowMs = T0;
      for (const step of steps) {
        nowMs += step.laterMs;
        const bad = [1, 2, 3, 4]
          .map((n) => world.release(n))
          .filter((releaseId) => findBadMark(db, { ...ON_PRODUCTION, releaseId }));
        const before = { alias: findAlias(db, ON_PRODUCTION)?.releaseId, bad: new Set(bad) };
        const audits = rows(db, "audit_entries");
        const outcome = outcomeOf(() => perform(world, step, nowMs));
        expect(rows(db, "audit_entries")).toBeLessThanOrEqual(audits + (outcome === "done" ? 1 : 0));
        check(world);
        checkAct(world, before, step);
        acts += 1;
        const key = `${step.kind}: ${outcome}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      }
      const ends = listRolloutsOfAlias(db, ON_PRODUCTION).map((rollout) => rollout.state);
      for (const end of ends) outcomes.set(end, (outcomes.get(end) ?? 0) + 1);
      db.$client.close();
    }),
    { numRuns: 60 },
  );
  // The walk reaches what matters, or the checks above mean nothing.
  for (const end of ["promoted", "rolled_back", "rejected", "aborted"])
    expect(outcomes.get(end) ?? 0, end).toBeGreaterThan(0);
  for (const kind of ["approve: done", "rollback: done", "break glass: done"]) {
    expect(outcomes.get(kind) ?? 0, kind).toBeGreaterThan(0);
  }
  expect(acts).toBeGreaterThan(1000);
});
