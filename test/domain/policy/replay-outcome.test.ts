import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  detectionMs,
  outcomeOf,
  ROLLOUT_TRUTHS,
  scoreReplays,
  type ReplayedRollout,
} from "@/server/domain/policy/replay-outcome";

const START = 1_000_000;
const replay = (change: Partial<ReplayedRollout>): ReplayedRollout => ({
  truth: "unknown",
  onsetMs: null,
  startedMs: START,
  firstRollbackMs: null,
  firstPauseMs: null,
  evaluations: 10,
  complete: true,
  ...change,
});

describe("a replayed rollout", () => {
  it.each<[string, Partial<ReplayedRollout>]>([
    ["caught", { truth: "bad", firstRollbackMs: START + 1 }],
    ["caught", { truth: "bad", firstPauseMs: START + 1 }],
    ["missed", { truth: "bad" }],
    ["false_rollback", { truth: "good", firstRollbackMs: START + 2, firstPauseMs: START + 1 }],
    ["false_pause", { truth: "good", firstPauseMs: START + 1 }],
    ["quiet", { truth: "good" }],
    ["acted", { truth: "unknown", firstPauseMs: START + 1 }],
    ["quiet", { truth: "unknown" }],
    ["no_data", { truth: "bad", evaluations: 0 }],
    ["unfinished", { truth: "bad", complete: false }],
    ["caught", { truth: "bad", complete: false, firstPauseMs: START + 1 }],
  ])("is %s: %j", (expected, change) => {
    expect(outcomeOf(replay(change))).toBe(expected);
  });

  it.each<[number | null, Partial<ReplayedRollout>]>([
    [60_000, { firstRollbackMs: START + 60_000 }],
    [20_000, { firstRollbackMs: START + 60_000, onsetMs: START + 40_000 }],
    [10_000, { firstRollbackMs: START + 60_000, firstPauseMs: START + 10_000 }],
    [0, { firstPauseMs: START, onsetMs: START + 40_000 }],
    [null, {}],
  ])("takes %s ms to be detected: %j", (expected, change) => {
    expect(detectionMs(replay(change))).toBe(expected);
  });
});

describe("a score", () => {
  it("counts and says what it counted", () => {
    const score = scoreReplays([
      replay({ truth: "bad", firstRollbackMs: START + 60_000 }),
      replay({ truth: "bad", firstRollbackMs: START + 120_000 }),
      replay({ truth: "bad" }),
      replay({ truth: "good", firstPauseMs: START + 1 }),
      replay({ truth: "good" }),
      replay({ evaluations: 0 }),
    ]);
    expect(score).toMatchObject({ bad: 3, caught: 2, missed: 1, good: 2, falsePauses: 1, medianDetectionMs: 60_000 });
    expect(score.sentence).toBe(
      "stops 2 of 3 bad rollouts; rolls back 0 and pauses 1 of 2 good ones; 1 rollout without data.",
    );
    expect(scoreReplays([]).sentence).toBe("No rollout whose end is known.");
  });

  it("adds up, whatever was replayed", () => {
    const time = fc.option(fc.integer({ min: START, max: START + 1e7 }), { nil: null });
    const any = fc.record({
      truth: fc.constantFrom(...ROLLOUT_TRUTHS),
      onsetMs: time,
      startedMs: fc.constant(START),
      firstRollbackMs: time,
      firstPauseMs: time,
      evaluations: fc.integer({ min: 0, max: 3 }),
      complete: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any), (replays) => {
        const score = scoreReplays(replays);
        expect(score.caught + score.missed).toBe(score.bad);
        expect(score.falseRollbacks + score.falsePauses).toBeLessThanOrEqual(score.good);
        expect(score.bad + score.good + score.noData + score.unfinished).toBeLessThanOrEqual(score.rollouts);
        expect(score.medianDetectionMs === null).toBe(score.caught === 0);
      }),
    );
  });
});
