/** The control against itself while a rollout lives: what it says of the policy's false alarms, and of a comparison. */
import { describe, expect, test } from "vitest";
import { controlHalf } from "@/server/domain/evidence/control-halves";
import { measuredFalseAlarms } from "@/server/read/measured-false-alarms";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { newStage, NOON, type Stage } from "./harness";

const MINUTE = 60_000;
const POLICY = {
  thresholds: { error_rate: { max: 0.05, window: "1m", min_requests: 50, action: "rollback" } },
  steps: [{ canary: "50%", min_duration: "10m", min_requests: 200 }],
};

const subjectOf = (index: number): Buffer =>
  Buffer.from(`person-${String((index * 7) % 400).padStart(4, "0")}`).subarray(-8);
const isBad = (index: number, share: number): boolean => (index * 61) % 100 < share * 100;

/** Errors at one share for each half of the subjects, from one request on. */
interface Shares {
  a: number;
  b: number;
  from?: number;
}

const failing =
  ({ a, b, from = 0 }: Shares) =>
  (index: number): Partial<NewRequest> => {
    const subject = subjectOf(index);
    const share = index < from ? 0 : controlHalf(subject) === "a" ? a : b;
    return { subject, ...(isBad(index, share) ? { status: "error" } : {}) };
  };

function serve(stage: Stage, minutes: number, facts: { candidate: Shares; control: Shares }): string {
  stage.put(POLICY);
  const id = stage.start(NOON);
  const span = { fromMs: NOON, toMs: NOON + minutes * MINUTE, count: minutes * 300 };
  stage.send(
    { ...span, releaseId: stage.control, track: "control", facts: failing(facts.control) },
    { ...span, releaseId: stage.candidate, track: "canary", facts: failing(facts.candidate) },
  );
  stage.run({ fromMs: NOON, toMs: NOON + minutes * MINUTE });
  return id;
}

function measured(stage: Stage): ReturnType<typeof measuredFalseAlarms> {
  return measuredFalseAlarms({ control: stage.world.db }, { name: "test", version: 1, alpha: 0.01 });
}

describe("the control against itself", () => {
  test("alike halves are a run without an alarm, counted for the policy's version", () => {
    const stage = newStage();
    serve(stage, 6, { candidate: { a: 0.02, b: 0.02 }, control: { a: 0.02, b: 0.02 } });
    expect(measured(stage)).toMatchObject({ rollouts: 1, alarms: 0 });
    const minutes = measured(stage).days * 24 * 60;
    expect(minutes).toBeGreaterThan(4);
    expect(minutes).toBeLessThan(6);
  });

  test("halves that go on differing are one false alarm", () => {
    const stage = newStage();
    serve(stage, 6, { candidate: { a: 0.02, b: 0.02 }, control: { a: 0.4, b: 0 } });
    const { alarms, promised } = measured(stage);
    expect(alarms).toBe(1);
    expect(promised).toBeCloseTo(0.01 * 0.5, 3);
  });

  test("a rule that sees the halves differ does not roll back: it pauses, and says that the control disagrees", () => {
    const stage = newStage();
    const id = serve(stage, 7, { candidate: { a: 0.3, b: 0.3, from: 1_200 }, control: { a: 0.08, b: 0 } });
    expect(stage.rollout(id).state).toBe("paused");
    const evaluation = stage.evaluation(id);
    expect(evaluation.decision).toBe("pause_for_review");
    expect(evaluation.violations).toMatchObject([{ metric: "error_rate", action: "pause_for_review" }]);
    expect(evaluation.findings[0]).toMatchObject({ verdict: "not_comparable" });
    expect(evaluation.findings[0]?.detail).toContain(
      "the control disagrees with itself: its two halves differ as well",
    );
  });

  test("the same candidate is rolled back where the halves agree", () => {
    const stage = newStage();
    const id = serve(stage, 7, { candidate: { a: 0.3, b: 0.3, from: 1_200 }, control: { a: 0.04, b: 0.04 } });
    expect(stage.rollout(id).state).toBe("rolled_back");
  });

  test("requests without a subject are in no half", () => {
    const stage = newStage();
    stage.put(POLICY);
    stage.start(NOON);
    const span = { fromMs: NOON, toMs: NOON + 2 * MINUTE, count: 600, facts: () => ({ subject: null }) };
    stage.send(
      { ...span, releaseId: stage.control, track: "control" },
      { ...span, releaseId: stage.candidate, track: "canary" },
    );
    stage.run({ fromMs: NOON, toMs: NOON + 2 * MINUTE });
    expect(measured(stage).rollouts).toBe(0);
  });
});
