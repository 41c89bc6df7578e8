/** Only a calibrated judge drives an automatic rollback, judges are not compared with each other, nor while one drifts. */
import { describe, expect, test } from "vitest";
import { submitJudgeAnchors } from "@/server/control/submit-judge-anchors";
import { submitJudgeLabels } from "@/server/control/submit-judge-labels";
import { APP, MINUTE_MS, token } from "@/test/integration/control/fixtures";
import { newStage, NOON, type Stage } from "./harness";

const ci = token(["ci"]);
const KEY = { application: APP, judge: "groundedness@3", score: "groundedness" };
const DURING = { fromMs: NOON, toMs: NOON + 4 * MINUTE_MS };

/** Sixty answers on which judge and people agree, a third of them bad. */
function calibrate({ world }: Stage): void {
  const labels = Array.from({ length: 60 }, (_, i) => {
    const value = i % 3 === 0 ? 0.2 : 0.9;
    return { itemId: `r${i}`, judgeValue: value, humanValue: value, time: NOON - 3_600_000 };
  });
  expect(submitJudgeLabels(world.as(ci, NOON - 60_000), { ...KEY, labels })).toMatchObject({ calibrated: true });
}

function startBad(
  stage: Stage,
  { evidence, judges }: { evidence: string; judges?: readonly [string | null, string | null] },
): string {
  const [control, candidate] = judges ?? ["groundedness@3", "groundedness@3"];
  stage.put({
    evidence,
    settle: "5s",
    thresholds: { groundedness_score: { min: 0.8, window: "2m", min_requests: 50, action: "rollback" } },
    steps: [{ canary: "10%", min_duration: "1h" }],
  });
  const id = stage.start(NOON);
  const scored = (mean: number, judge: string | null) => (i: number) => ({
    scores: [{ name: "groundedness", value: mean + 0.05 * Math.sin(i), judge, timeMs: NOON }],
  });
  stage.send(
    { ...DURING, releaseId: stage.control, track: "control", count: 1_600, facts: scored(0.9, control) },
    { ...DURING, releaseId: stage.candidate, track: "canary", count: 1_600, facts: scored(0.5, candidate) },
  );
  stage.run({ ...DURING, everyMs: 10_000 });
  return id;
}

describe.each(["window", "confident"])("evidence: %s", (evidence) => {
  test("a calibrated judge rolls back", () => {
    const stage = newStage();
    calibrate(stage);
    const id = startBad(stage, { evidence });
    expect(stage.rollout(id).state).toBe("rolled_back");
  });

  test("scores that name no judge roll back: they are a rule's or a person's", () => {
    const stage = newStage();
    const id = startBad(stage, { evidence, judges: [null, null] });
    expect(stage.rollout(id).state).toBe("rolled_back");
  });

  test("a judge without labels pauses, and the finding says why", () => {
    const stage = newStage();
    const id = startBad(stage, { evidence });
    expect(stage.rollout(id)).toMatchObject({ state: "paused" });
    const { decision, violations, findings } = stage.evaluation(id);
    expect(decision).toBe("pause_for_review");
    expect(violations).toMatchObject([{ metric: "groundedness_score", action: "pause_for_review" }]);
    expect(findings[0]).toMatchObject({
      verdict: "breach",
      action: "rollback",
      detail: expect.stringContaining("judge groundedness@3 is not calibrated (0 of 50 human labels"),
    });
  });

  test("another judge on the candidate compares nothing", () => {
    const stage = newStage();
    calibrate(stage);
    const id = startBad(stage, { evidence, judges: ["groundedness@2", "groundedness@3"] });
    expect(stage.rollout(id).state).toBe("canary");
    expect(stage.evaluation(id).findings[0]).toMatchObject({
      verdict: "not_comparable",
      detail: "the candidate is scored by groundedness@3, the control by groundedness@2: judges are not compared",
    });
  });

  test("a judge that drifts on its anchor set decides nothing, and the step waits", () => {
    const stage = newStage();
    calibrate(stage);
    const scores = (shift: number) => Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`a${i}`, 0.7 + shift]));
    const anchor = (atMs: number, shift: number) =>
      submitJudgeAnchors(stage.world.as(ci, atMs), { ...KEY, scores: scores(shift) });
    anchor(NOON - 7_200_000, 0);
    expect(anchor(NOON - 3_600_000, -0.1)).toMatchObject({ drifting: true, difference: expect.closeTo(-0.1, 9) });
    const id = startBad(stage, { evidence });
    expect(stage.rollout(id).state).toBe("canary");
    const { findings, waitingFor } = stage.evaluation(id);
    expect(findings[0]).toMatchObject({ verdict: "not_comparable", detail: expect.stringContaining("anchor set") });
    expect(waitingFor.map(({ what }) => what)).toContain("groundedness_score");
  });
});
