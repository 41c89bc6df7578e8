/** What is said about a rollout: in lists, on its page, to other controllers. */
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import type { Finding } from "@/server/domain/policy/evaluation";
import type { Role, RolloutState } from "@/server/domain/vocabulary";
import { listRolloutSummaries, readRollout } from "@/server/read/rollout";
import { readRolloutAnalysis } from "@/server/read/rollout-analysis";
import { listRolloutEvaluations } from "@/server/read/rollout-evaluations";
import { RolloutAnalysisView, RolloutEvaluationsView, RolloutListView, RolloutView } from "@/server/read/rollout-view";
import { withTransaction } from "@/server/store/control/database";
import { addApproval } from "@/server/store/control/evaluations";
import { ANA, APP, CANDIDATE, CONTROLLER, GOOD, HOUR_MS, MINUTE_MS, NOW_MS, Story } from "./story";

const STARTED_MS = NOW_MS - 20 * MINUTE_MS;
const BO = { kind: "person", id: "user_bo", name: "Bo" };

function canary(given: { state?: RolloutState; stepIndex?: number } = {}) {
  const story = new Story();
  story.application();
  story.policy();
  const good = story.release(GOOD, { author: "jonas" });
  story.move(good, { atMs: NOW_MS - 48 * HOUR_MS });
  const candidate = story.release(CANDIDATE, { author: "Priya N <priya@example.org>" });
  const id = story.rollout(candidate, { controlId: good, startedAtMs: STARTED_MS, ...given });
  story.traffic({ releaseId: good, fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, everyMs: 2_000 });
  return { story, good, candidate, id };
}

function read(story: Story, id: string, viewer?: { id: string; name: string; role: Role | null }) {
  const view = readRollout(story.deps(), { id, ...(viewer === undefined ? {} : { viewer }) });
  expect(() => RolloutView.parse(view)).not.toThrow();
  return view;
}

function analysis(story: Story, id: string, nowMs: number = NOW_MS) {
  const view = readRolloutAnalysis(story.deps(nowMs), { id, publicUrl: "https://switchback.example" });
  expect(() => RolloutAnalysisView.parse(view)).not.toThrow();
  return view.data;
}

function finding(given: Partial<Finding> = {}): Finding {
  return {
    rule: "task_completion_rate:min",
    metric: "task_completion_rate",
    action: "rollback",
    dryRun: false,
    verdict: "pass",
    candidate: { count: 300, value: 0.95, lower: 0.92, upper: 0.97 },
    control: { count: 2_700, value: 0.96, lower: 0.95, upper: 0.97 },
    breaching: 0,
    required: 3,
    needed: null,
    detail: "95 % over 5m, within the limit",
    ...given,
  };
}

const VIOLATION = {
  metric: "task_completion_rate",
  action: "rollback",
  observed: 0.8,
  threshold: 0.91,
  window: "5m",
  segment: "region=us-west",
  message: "task_completion_rate=0.8 below min 0.91 over 5m in region=us-west",
} as const;

describe("a rollout's sentence", () => {
  const after = (state: RolloutState, reason: string) => {
    const { story, id, candidate } = canary();
    story.transition(id, {
      atMs: NOW_MS - MINUTE_MS,
      event: state,
      to: state,
      reason,
      change: { endedAtMs: NOW_MS - MINUTE_MS },
    });
    return read(story, id).sentence.replace(candidate, "X");
  };
  const at = (state: RolloutState, stepIndex: number, change: object = {}) => {
    const { story, id, candidate } = canary();
    story.transition(id, { atMs: STARTED_MS, event: "x", to: state, reason: "", change: { stepIndex, ...change } });
    return read(story, id).sentence.replace(candidate, "X");
  };

  test.each([
    [
      after("promoted", "every step is done"),
      "Candidate X was promoted to production at 03:59:00 UTC by Ana: every step is done.",
    ],
    [
      after("rolled_back", "p95 too high."),
      "Candidate X was rolled back from production at 03:59:00 UTC by Ana: p95 too high.",
    ],
    [
      after("rejected", "gates failed"),
      "Candidate X was rejected for production at 03:59:00 UTC by Ana: gates failed.",
    ],
    [after("aborted", "typo"), "Candidate X was withdrawn from production at 03:59:00 UTC by Ana: typo."],
    [at("gating", -1), "Candidate X must pass its gates before it may answer a request on production."],
    [at("canary", 0), "Candidate X serves 10 % of subjects on production (canary, step 1 of 3): No evaluation yet."],
    [at("soak", 2), "Candidate X serves 99 % of subjects on production (soak, step 3 of 3): No evaluation yet."],
    [
      at("paused", -1, { pausedFrom: "gating", pauseReason: "feature parity is broken" }),
      "Candidate X is paused before its first step on production: feature parity is broken.",
    ],
    [
      at("paused", 0, { pausedFrom: "canary", pauseReason: "groundedness fell" }),
      "Candidate X is paused at 10 % (step 1 of 3) on production: groundedness fell.",
    ],
  ])("%s", (said, expected) => {
    expect(said).toBe(expected);
  });
});

describe("a rollout's page", () => {
  test("an unknown rollout is not found", () => {
    expect(() => readRollout(canary().story.deps(), { id: "rol_none" })).toThrow(DomainError);
  });

  test("before the first evaluation nothing is evidence and nothing passes", () => {
    const { story, id, good, candidate } = canary();
    const view = read(story, id);
    expect(view).toMatchObject({
      state: "canary",
      decision: "continue",
      evaluation: null,
      evidence: [],
      violations: [],
    });
    expect(view.changes).toEqual([{ kind: "feature_view", from: "releases@4", to: "releases@5" }]);
    expect([view.control?.releaseId, view.candidate.releaseId]).toEqual([good, candidate]);
    expect(view.steps.map(({ kind, percentage, state }) => [kind, percentage, state])).toEqual([
      ["canary", 10, "current"],
      ["approval", 10, "upcoming"],
      ["soak", 99, "upcoming"],
    ]);
    expect(view.approval).toBeNull();
    expect(analysis(story, id)).toMatchObject({
      verdict: "inconclusive",
      evaluationId: null,
      etaSeconds: null,
      metrics: {},
    });
  });

  test("says what it waits for, with an estimate", () => {
    const { story, id } = canary();
    story.evaluation(id, {
      atMs: NOW_MS - 30_000,
      detail: {
        findings: [finding()],
        waitingFor: [
          { what: "step duration", have: 1_200_000, needed: 1_800_000, etaMs: 600_000 },
          { what: "requests", have: 120, needed: 300, etaMs: 900_500 },
        ],
      },
    });
    const view = read(story, id);
    expect(view.waitingFor.map(({ text, etaSeconds }) => [text, etaSeconds])).toEqual([
      ["step duration: 20m of 30m", 600],
      ["requests: 120 of 300", 901],
    ]);
    expect(view.evaluation?.at).toBe(NOW_MS - 30_000);
    expect(analysis(story, id)).toMatchObject({ verdict: "inconclusive", etaSeconds: 901 });
  });

  test("who may approve is said in words, and whom the viewer excludes", () => {
    const { story, id } = canary();
    story.transition(id, {
      atMs: NOW_MS - MINUTE_MS,
      event: "step_advanced",
      to: "paused",
      reason: "approval step",
      change: { stepIndex: 1, pausedFrom: "canary" },
      by: CONTROLLER,
    });
    const asks = (viewer: { id: string; name: string; role: Role | null }) => read(story, id, viewer).approval?.viewer;
    expect(read(story, id).approval).toMatchObject({
      required: 1,
      given: 0,
      viewer: null,
      eligibility:
        "Anyone with the role release_manager or higher may approve, but not Priya N <priya@example.org>, who wrote " +
        "the candidate, and not Ana, who started the rollout.",
    });
    expect(asks({ ...BO, role: "release_manager" })).toEqual({ eligible: true, reason: "You may approve." });
    expect(asks({ ...BO, role: "on_call" })).toEqual({
      eligible: false,
      reason: "You have the role on_call; approving needs release_manager.",
    });
    expect(asks({ id: "user_p", name: "priya n", role: "admin" })).toEqual({
      eligible: false,
      reason: "You wrote the candidate: it needs someone else.",
    });
    expect(asks({ ...ANA, role: "admin" })?.reason).toBe("You started the rollout: it needs someone else.");
  });

  test("an approval is void once other limits are broken than those it was given on", () => {
    const { story, id } = canary();
    story.transition(id, {
      atMs: NOW_MS - MINUTE_MS,
      event: "step_advanced",
      to: "paused",
      reason: "",
      change: { stepIndex: 1, pausedFrom: "canary" },
    });
    const hash = read(story, id).approval?.evidenceHash ?? "";
    withTransaction(story.control, (tx) =>
      addApproval(tx, {
        rolloutId: id,
        stepIndex: 1,
        verdict: "approve",
        actor: BO,
        atMs: NOW_MS - 30_000,
        reason: "looks good",
        evidenceHash: hash,
        auditSeq: 9,
      }),
    );
    expect(read(story, id).approval?.given).toBe(1);
    expect(read(story, id).approvals).toMatchObject([{ by: { label: "Bo" }, counts: true, reason: "looks good" }]);
    story.evaluation(id, {
      atMs: NOW_MS,
      decision: "pause_for_review",
      detail: { violations: [{ ...VIOLATION, action: "pause_for_review" }] },
    });
    expect(read(story, id).approval?.given).toBe(0);
    expect(read(story, id).approvals[0]?.counts).toBe(false);
  });
});

describe("the analysis", () => {
  test("fails with its violations when the policy rolls back", () => {
    const { story, id } = canary();
    const evaluationId = story.evaluation(id, {
      atMs: NOW_MS,
      decision: "rollback",
      detail: {
        findings: [finding(), finding({ segment: "region=us-west", verdict: "breach" })],
        violations: [VIOLATION],
      },
    });
    expect(analysis(story, id)).toEqual({
      verdict: "fail",
      decision: "rollback",
      violations: [VIOLATION],
      metrics: { task_completion_rate: { candidate: 0.95, control: 0.96, n: 300, lower: 0.92, upper: 0.97 } },
      waitingFor: [],
      etaSeconds: 0,
      evaluationId,
      policy: "default@1",
      url: `https://switchback.example/p/${APP}/rollouts/${id}`,
    });
  });

  test("passes on evidence, not on time; a pause, silence or missing data never pass", () => {
    const { story, id } = canary();
    const duration = { what: "step duration", have: 1, needed: 2, etaMs: 1 };
    story.evaluation(id, { atMs: NOW_MS, detail: { findings: [finding()], waitingFor: [duration] } });
    expect(analysis(story, id).verdict).toBe("pass");
    expect(analysis(story, id, NOW_MS + HOUR_MS).verdict).toBe("inconclusive");
    story.evaluation(id, { atMs: NOW_MS + 1, decision: "pause_for_review", detail: {} });
    expect(analysis(story, id).verdict).toBe("inconclusive");
    story.evaluation(id, {
      atMs: NOW_MS + 2,
      detail: { waitingFor: [{ what: "p95_ttft_ms", have: 3, needed: 20, etaMs: null }] },
    });
    expect(analysis(story, id)).toMatchObject({ verdict: "inconclusive", etaSeconds: null });
  });

  test.each([
    ["promoted", "pass"],
    ["rolled_back", "fail"],
    ["rejected", "fail"],
    ["aborted", "fail"],
  ] as const)("an ended rollout that was %s is a %s for good", (state, verdict) => {
    const { story, id } = canary();
    story.transition(id, { atMs: NOW_MS, event: state, to: state, reason: "r", change: { endedAtMs: NOW_MS } });
    expect(analysis(story, id, NOW_MS + 48 * HOUR_MS).verdict).toBe(verdict);
  });
});

describe("lists", () => {
  test("kept evaluations come newest first, by page, and only the changes when asked", () => {
    const { story, id } = canary();
    const ids = [0, 1, 2, 3].map((index) =>
      story.evaluation(id, { atMs: NOW_MS + index, changed: index % 2 === 0, detail: { findings: [finding()] } }),
    );
    const first = listRolloutEvaluations(story.deps(), { id, limit: 3 });
    expect(() => RolloutEvaluationsView.parse(first)).not.toThrow();
    expect(first.items.map((item) => item.id)).toEqual([ids[3], ids[2], ids[1]]);
    const cursor = first.nextCursor ?? "";
    expect(listRolloutEvaluations(story.deps(), { id, limit: 3, cursor }).items.map((item) => item.id)).toEqual([
      ids[0],
    ]);
    const changed = listRolloutEvaluations(story.deps(), { id, limit: 10, changedOnly: true });
    expect(changed.items.map((item) => item.id)).toEqual([ids[2], ids[0]]);
  });

  test("an evaluation in a form that cannot be read says so and keeps its decision", () => {
    const { story, id } = canary();
    const evaluationId = story.evaluation(id, {
      atMs: NOW_MS,
      decision: "rollback",
      detail: { findings: [{ odd: true } as never] },
    });
    const view = read(story, id);
    expect(view.decision).toBe("rollback");
    expect(view.sentence).toContain(
      `Evaluation ${evaluationId} was written by version test in a form that cannot be shown.`,
    );
  });

  test("rollouts come newest first", () => {
    const { story, id, candidate } = canary();
    story.transition(id, { atMs: NOW_MS, event: "abort", to: "aborted", reason: "r", change: { endedAtMs: NOW_MS } });
    const second = story.rollout(candidate, { id: "rol_01JRMZZZZZ0000000000000002", startedAtMs: NOW_MS });
    const list = listRolloutSummaries(story.deps(), { application: APP, limit: 10 });
    expect(() => RolloutListView.parse(list)).not.toThrow();
    expect(list.items.map((item) => item.id)).toEqual([second, id]);
  });
});
