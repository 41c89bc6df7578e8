import { describe, expect, it } from "vitest";
import { abortRollout } from "@/server/control/abort-rollout";
import { approveRollout } from "@/server/control/approve-rollout";
import { pauseRollout } from "@/server/control/pause-rollout";
import { recordEvaluation, type RecordEvaluationInput } from "@/server/control/record-evaluation";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { startRollout } from "@/server/control/start-rollout";
import { findAlias, findBadMark, listAliasMoves } from "@/server/store/control/aliases";
import { findEvidenceState, findNewestEvaluation, listEvaluations } from "@/server/store/control/evaluations";
import { findIncident, listIncidentEvents } from "@/server/store/control/incidents";
import { findRollout } from "@/server/store/control/rollouts";
import {
  APP,
  BREACH,
  CONTROLLER,
  evaluation,
  newWorld,
  ON_PRODUCTION,
  person,
  rows,
  T0,
  tellEverything,
  weakScore,
  type World,
} from "./fixtures";
import { startOn } from "./verb-table";

const onCall = person("on_call");
const reviewer = person("release_manager", "reviewer");
const SECOND_MS = 1000;

interface Scene {
  world: World;
  rolloutId: string;
  evaluate: (
    seconds: number,
    seen?: PolicyEvaluation,
    change?: Partial<RecordEvaluationInput>,
  ) => ReturnType<typeof recordEvaluation>;
}

function scene(steps: unknown[] = [{ canary: "10%" }, { canary: "50%" }]): Scene {
  const world = newWorld();
  const rolloutId = startOn(world, { steps });
  const evaluate: Scene["evaluate"] = (seconds, seen = evaluation(), change = {}) => {
    const atMs = T0 + seconds * SECOND_MS;
    return recordEvaluation(world.as(CONTROLLER, atMs), {
      rolloutId,
      atMs,
      evaluation: seen,
      codeVersion: "test",
      ...change,
    });
  };
  return { world, rolloutId, evaluate };
}

describe("recording an evaluation", () => {
  it("keeps what was seen, as it is", () => {
    const { world, rolloutId, evaluate } = scene();
    expect(evaluate(1)).toMatchObject({ outcome: "kept", rollout: { state: "canary", stepIndex: 0 } });
    expect(findNewestEvaluation(world.db, { rolloutId })).toMatchObject({
      atMs: T0 + SECOND_MS,
      decision: "continue",
      stepIndex: 0,
      codeVersion: "test",
      detail: evaluation(),
    });
  });

  it("says which ones changed the decision", () => {
    const { world, rolloutId, evaluate } = scene();
    for (const second of [1, 2]) evaluate(second);
    evaluate(3, weakScore());
    evaluate(4, weakScore());
    const { items } = listEvaluations(world.db, { rolloutId, changedOnly: true, limit: 10 });
    expect(items.map((row) => [row.decision, row.atMs - T0])).toEqual([
      ["pause_for_review", 3000],
      ["continue", 1000],
    ]);
  });

  it("carries the evidence on in the same transaction", () => {
    const { world, rolloutId, evaluate } = scene();
    evaluate(1, evaluation(), { evidence: { consumedToMs: 10, statVersion: "wsr-1", state: { r: [0.5] } } });
    evaluate(2, evaluation(), { evidence: { consumedToMs: 20, statVersion: "wsr-1", state: { r: [0.75] } } });
    expect(findEvidenceState(world.db, rolloutId)).toMatchObject({ consumedToMs: 20, state: { r: [0.75] } });
  });

  it("keeps one time once", () => {
    const { world, evaluate } = scene();
    evaluate(2);
    expect(evaluate(2, BREACH)).toMatchObject({ outcome: "repeated", evaluationId: null });
    expect(evaluate(1, BREACH).outcome).toBe("repeated");
    expect(rows(world.db, "evaluations")).toBe(1);
  });

  it("goes to the next step when the present one is complete", () => {
    const { world, rolloutId, evaluate } = scene();
    expect(evaluate(1, evaluation({ stepComplete: true }))).toMatchObject({
      outcome: "advanced",
      rollout: { stepIndex: 1 },
    });
    expect(findRollout(world.db, rolloutId)).toMatchObject({ stepStartedAtMs: T0 + SECOND_MS });
    expect(evaluate(2, evaluation({ decision: "promote", stepComplete: true }))).toMatchObject({
      outcome: "promoted",
      rollout: { state: "promoted" },
    });
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: world.release(2), cause: "promotion" });
  });

  it("changes nothing once the rollout has ended", () => {
    const { world, rolloutId, evaluate } = scene();
    abortRollout(world.as(onCall), { rolloutId, reason: "stop" });
    expect(evaluate(5, BREACH)).toMatchObject({ outcome: "ended", rollout: { state: "aborted" } });
    expect(rows(world.db, "evaluations")).toBe(0);
  });

  it("tells people once of a limit that only notifies", () => {
    const { world, evaluate } = scene();
    tellEverything(world);
    const noisy = {
      ...BREACH.violations[0],
      action: "notify",
      metric: "mean_cost_usd",
    } as (typeof BREACH.violations)[0];
    for (const second of [1, 2, 3]) evaluate(second, evaluation({ violations: [noisy] }));
    evaluate(4);
    evaluate(5, evaluation({ violations: [noisy] }));
    const told = world.db.$client.prepare("SELECT kind FROM outbox WHERE kind = 'threshold.broken'").all();
    expect(told).toHaveLength(2);
  });
});

describe("a decision to roll back", () => {
  it("does all of it in one go", () => {
    const { world, rolloutId, evaluate } = scene();
    tellEverything(world);
    const startedAtMs = T0 - 60_000;
    const { outcome, incidentId } = evaluate(9, BREACH, { startedAtMs });
    const [bad, good] = [world.release(2), world.release(1)];
    expect(outcome).toBe("rolled_back");
    expect(findRollout(world.db, rolloutId)).toMatchObject({ state: "rolled_back", incidentId, endedAtMs: T0 + 9000 });
    expect(findAlias(world.db, ON_PRODUCTION)).toMatchObject({ releaseId: good, revision: 2, cause: "rollback" });
    expect(listAliasMoves(world.db, { application: APP, limit: 1 }).items).toMatchObject([
      { fromReleaseId: bad, toReleaseId: good, revision: 2, actorKind: "controller", rolloutId, incidentId },
    ]);
    expect(findBadMark(world.db, { ...ON_PRODUCTION, releaseId: bad })).toMatchObject({ incidentId, rolloutId });
    expect(findIncident(world.db, incidentId ?? "")).toMatchObject({
      cause: "decision",
      status: "mitigated",
      releaseId: bad,
      startedAtMs,
      detectedAtMs: T0 + 9000,
      mitigatedAtMs: T0 + 9000,
    });
    expect(listIncidentEvents(world.db, incidentId ?? "").map((event) => event.kind)).toEqual([
      "opened",
      "decision",
      "alias_move",
      "status",
    ]);
    const kinds = world.db.$client
      .prepare("SELECT target, kind FROM outbox WHERE kind = 'alias.rolled_back' ORDER BY id")
      .all();
    expect(kinds).toEqual(
      ["git", "registry", "notify"].map((target) => ({ target: `${target}:${APP}`, kind: "alias.rolled_back" })),
    );
  });

  it("holds while a person has paused", () => {
    const { world, rolloutId, evaluate } = scene();
    pauseRollout(world.as(onCall, T0 + 1000), { rolloutId, reason: "look" });
    expect(evaluate(2, BREACH).outcome).toBe("rolled_back");
  });

  it("ends the first release of an alias, which then serves nothing", () => {
    const world = newWorld();
    const candidate = world.release(2);
    const rolloutId = startOnEmpty(world, candidate);
    const input = { rolloutId, atMs: T0 + 1, evaluation: BREACH, codeVersion: "test" };
    expect(recordEvaluation(world.as(CONTROLLER, T0 + 1), input)).toMatchObject({ outcome: "rolled_back" });
    expect(findAlias(world.db, ON_PRODUCTION)).toBeUndefined();
    expect(rows(world.db, "release_marks")).toBe(1);
  });
});

describe("people's decisions", () => {
  it("made after the evidence are not overridden", () => {
    const { world, rolloutId, evaluate } = scene();
    pauseRollout(world.as(onCall, T0 + 2000), { rolloutId, reason: "look" });
    approveRollout(world.as(reviewer, T0 + 10_000), { rolloutId, reason: "fine" });
    expect(evaluate(9, BREACH)).toMatchObject({ outcome: "outdated", evaluationId: null });
    expect(rows(world.db, "evaluations")).toBe(0);
    expect(evaluate(11, BREACH).outcome).toBe("rolled_back");
  });

  it("made while the evaluation ran are noticed by the revision", () => {
    const { world, rolloutId, evaluate } = scene();
    const expectedRevision = findRollout(world.db, rolloutId)?.revision ?? 0;
    pauseRollout(world.as(onCall, T0 + 2000), { rolloutId, reason: "look" });
    expect(evaluate(3, BREACH, { expectedRevision }).outcome).toBe("outdated");
    expect(evaluate(3, BREACH, { expectedRevision: expectedRevision + 1 }).outcome).toBe("rolled_back");
  });

  it("to go on stand until another limit breaks", () => {
    const { world, rolloutId, evaluate } = scene();
    expect(evaluate(1, weakScore()).outcome).toBe("paused");
    expect(evaluate(2, weakScore()).outcome).toBe("kept");
    approveRollout(world.as(reviewer, T0 + 3000), { rolloutId, reason: "the judge is wrong" });
    expect(evaluate(4, weakScore())).toMatchObject({ outcome: "kept", rollout: { state: "canary" } });
    const more = weakScore("helpfulness_score");
    const both = { ...more, violations: [...weakScore().violations, ...more.violations] };
    expect(evaluate(5, both).outcome).toBe("paused");
  });

  it("to go on do not cover the same limit breaking anew", () => {
    const { world, rolloutId, evaluate } = scene();
    evaluate(1, weakScore());
    approveRollout(world.as(reviewer, T0 + 2000), { rolloutId, reason: "the judge is wrong" });
    evaluate(3);
    expect(evaluate(4, weakScore()).outcome).toBe("paused");
  });

  it("to pause hold a step that is complete", () => {
    const { world, rolloutId, evaluate } = scene();
    pauseRollout(world.as(onCall, T0 + 500), { rolloutId, reason: "look" });
    expect(evaluate(1, evaluation({ stepComplete: true }))).toMatchObject({
      outcome: "kept",
      rollout: { stepIndex: 0 },
    });
  });
});

function startOnEmpty(world: World, candidate: string): string {
  return startRollout(world.as(reviewer), { ...ON_PRODUCTION, candidate }).id;
}
