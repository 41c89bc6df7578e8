import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignTrack, fineBucket, subjectBucket } from "@/server/domain/rollout/assignment";
import type { RolloutEvent } from "@/server/domain/rollout/state-machine";
import { isEnded, isLive, nextState, possibleEvents } from "@/server/domain/rollout/state-machine";
import { sha256Hex } from "@/server/domain/hash";
import type { RolloutState } from "@/server/domain/vocabulary";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import examples from "@/test/fixtures/worked-examples.json";

describe("assignment", () => {
  it.each(examples.canaryAssignment.cases)("puts $subject on $route", ({ subject, bucket, percentage, route }) => {
    expect(subjectBucket(subject)).toBe(bucket);
    expect(assignTrack({ subject, percentage })).toEqual({ bucket, track: route });
  });

  it("is the published formula for whole percentages", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 100 }), (subject, percentage) => {
        const published = Number.parseInt(sha256Hex(subject).slice(0, 8), 16) % 100 < percentage;
        expect(assignTrack({ subject, percentage }).track).toBe(published ? "canary" : "control");
        // The same percentage, with the dust of a share times 100.
        expect(assignTrack({ subject, percentage: (percentage / 100) * 100 }).track).toBe(
          published ? "canary" : "control",
        );
      }),
    );
  });

  it("never moves a subject back when the percentage is raised or the holdback lowered", () => {
    const percentages = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 1.5, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.string(),
        fc.tuple(percentages, percentages),
        fc.tuple(percentages, percentages),
        (subject, p, h) => {
          const track = (percentage: number, holdback: number): string =>
            assignTrack({ subject, percentage, holdback }).track;
          const before = track(Math.min(...p), Math.max(...h));
          const after = track(Math.max(...p), Math.min(...h));
          expect([before, after]).not.toEqual(["canary", "control"]);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    [0.5, 0, 0.005],
    [0.25, 0, 0.0025],
    [1, 0, 0.01],
    [10, 0, 0.1],
    [100, 1, 0.99],
    [100, 0.5, 0.995],
    [50, 1, 0.5],
    [100, 0, 1],
    [0, 0, 0],
  ])("gives the candidate its share at %d %% with %d %% held back", (percentage, holdback, share) => {
    const subjects = Array.from({ length: 40_000 }, (_, i) => `tenant-${i}`);
    const served = subjects.filter(
      (subject) => assignTrack({ subject, percentage, holdback }).track === "canary",
    ).length;
    const error = 4 * Math.sqrt(Math.max(share * (1 - share), 1e-12) / subjects.length);
    expect(Math.abs(served / subjects.length - share)).toBeLessThanOrEqual(error);
  });

  it("divides buckets, not the order of them", () => {
    fc.assert(
      fc.property(fc.string(), (subject) => {
        expect(Math.floor(fineBucket(subject) / 100)).toBe(subjectBucket(subject));
      }),
    );
  });
});

describe("rollout states", () => {
  it.each<[RolloutState, RolloutEvent, RolloutState | undefined]>([
    ["draft", { type: "start" }, "gating"],
    ["draft", { type: "promote" }, undefined],
    ["gating", { type: "gates_passed", to: "shadow" }, "shadow"],
    ["gating", { type: "gates_passed", to: "paused" }, "paused"],
    ["gating", { type: "gates_failed" }, "rejected"],
    ["gating", { type: "promote" }, undefined],
    ["shadow", { type: "step_advanced", to: "canary" }, "canary"],
    ["canary", { type: "step_advanced", to: "canary" }, "canary"],
    ["canary", { type: "step_advanced", to: "shadow" }, undefined],
    ["canary", { type: "pause" }, "paused"],
    ["canary", { type: "reject" }, undefined],
    ["paused", { type: "resume", to: "canary" }, "canary"],
    ["paused", { type: "approve", to: "soak" }, "soak"],
    ["paused", { type: "pause" }, undefined],
    ["paused", { type: "promote" }, undefined],
    ["paused", { type: "reject" }, "rejected"],
    ["paused", { type: "rollback" }, "rolled_back"],
    ["soak", { type: "promote" }, "promoted"],
    ["soak", { type: "step_advanced", to: "canary" }, undefined],
    ["promoted", { type: "rollback" }, undefined],
    ["rolled_back", { type: "resume", to: "canary" }, undefined],
  ])("%s + %j → %s", (state, event, expected) => {
    expect(nextState(state, event)).toBe(expected);
  });

  it("are live from the start to the end", () => {
    expect(ROLLOUT_STATES.filter(isLive)).toEqual(["gating", "shadow", "canary", "soak", "paused"]);
    expect(ROLLOUT_STATES.filter(isEnded)).toEqual(["promoted", "rolled_back", "rejected", "aborted"]);
  });

  it("can be stopped from every live state, by pause, abort and rollback", () => {
    for (const state of ROLLOUT_STATES.filter((live) => isLive(live) && live !== "paused")) {
      expect(possibleEvents(state)).toEqual(expect.arrayContaining(["pause", "abort", "rollback"]));
    }
  });

  const events: fc.Arbitrary<RolloutEvent> = fc.oneof(
    fc.record({ type: fc.constantFrom("start", "gates_failed", "pause", "reject", "abort", "rollback", "promote") }),
    fc.record({
      type: fc.constantFrom("gates_passed", "step_advanced"),
      to: fc.constantFrom("shadow", "canary", "soak", "paused"),
    }),
    fc.record({
      type: fc.constantFrom("resume", "approve"),
      to: fc.constantFrom("gating", "shadow", "canary", "soak"),
    }),
    fc.record({ type: fc.constant("extend"), to: fc.constantFrom("shadow", "canary", "soak") }),
  );

  it("never reach promoted past a rollback, nor leave an end, nor skip the gates", () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (sequence) => {
        const visited: RolloutState[] = ["draft"];
        for (const event of sequence) {
          const next = nextState(visited.at(-1) ?? "draft", event);
          if (next !== undefined) visited.push(next);
        }
        expect(visited.slice(0, -1).filter(isEnded)).toEqual([]);
        const promotedAt = visited.indexOf("promoted");
        expect(visited.slice(0, Math.max(promotedAt, 0))).not.toContain("rolled_back");
        expect(promotedAt === -1 || visited.includes("gating")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
