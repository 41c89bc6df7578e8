import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DRIFT_STATES, driftOf, type AliasDrift, type AliasReading } from "@/server/domain/gitops/drift-state";

const AGREES: AliasReading = {
  declaredReleaseId: "f91be2a454",
  isKnown: true,
  declaredAtMs: 100,
  runningReleaseId: "f91be2a454",
  movedAtMs: 50,
  candidateId: null,
  isQuarantined: false,
  isReachable: true,
};
const DIFFERS = { runningReleaseId: "698df6d7ad" };

describe("driftOf", () => {
  test.each<[string, Partial<AliasReading>, AliasDrift["state"], boolean]>([
    ["git and what runs agree", {}, "in_sync", false],
    ["they agreed when git last answered", { isReachable: false }, "git_unreachable", false],
    ["a bad mark alone is no drift", { isQuarantined: true }, "in_sync", false],
    ["git declares something newer that waits", DIFFERS, "behind_git", false],
    ["git declares a first release", { runningReleaseId: null, movedAtMs: null }, "behind_git", false],
    [
      "a rollout brings what git declares",
      { ...DIFFERS, movedAtMs: 200, candidateId: "f91be2a454" },
      "behind_git",
      false,
    ],
    ["somebody moved it after git", { ...DIFFERS, movedAtMs: 200 }, "ahead_of_git", false],
    ["the declared release was taken out", { ...DIFFERS, movedAtMs: 200, isQuarantined: true }, "ahead_of_git", true],
    ["it was declared again afterwards", { ...DIFFERS, isQuarantined: true }, "ahead_of_git", true],
    [
      "a drift stays visible while git is away",
      { ...DIFFERS, movedAtMs: 200, isReachable: false },
      "ahead_of_git",
      false,
    ],
    [
      "a latch stays visible while git is away",
      { ...DIFFERS, isQuarantined: true, isReachable: false },
      "ahead_of_git",
      true,
    ],
    ["the reference names nothing", { declaredReleaseId: null }, "unknown_release", false],
    ["nobody knows the release", { isKnown: false }, "unknown_release", false],
  ])("%s", (_, change, state, latched) => {
    expect(driftOf({ ...AGREES, ...change })).toEqual({ state, latched });
  });

  test("only agreement is in sync, and nothing else hides a difference", () => {
    const id = fc.constantFrom("f91be2a454", "698df6d7ad", null);
    const reading = fc.record({
      declaredReleaseId: id,
      isKnown: fc.boolean(),
      declaredAtMs: fc.nat(300),
      runningReleaseId: id,
      movedAtMs: fc.option(fc.nat(300)),
      candidateId: id,
      isQuarantined: fc.boolean(),
      isReachable: fc.boolean(),
    });
    fc.assert(
      fc.property(reading, (one) => {
        const { state, latched } = driftOf(one);
        expect(DRIFT_STATES).toContain(state);
        const agree = one.declaredReleaseId !== null && one.isKnown && one.declaredReleaseId === one.runningReleaseId;
        expect(state === "in_sync" || state === "git_unreachable").toBe(agree);
        expect(!latched || state === "ahead_of_git").toBe(true);
      }),
    );
  });
});
