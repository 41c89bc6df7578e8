/** Blame against releases of which it is known what harmed them. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { blame, NAMED_AT } from "@/server/domain/blame/blame";
import type { ArmPair } from "@/server/domain/blame/effect";
import { rankComponents, type BlameInput } from "@/server/domain/blame/rank-components";
import { scenario, type Fault } from "./scenarios";

/** Shares of what blame says of `count` scenarios from a seed on. */
function verdicts(fault: Fault, { from, count }: { from: number; count: number }) {
  const said = { right: 0, wrong: 0, notEnough: 0, everyone: 0 };
  for (let seed = from; seed < from + count; seed += 1) {
    const { input, controlBefore, guilty } = scenario(seed, fault);
    const result = blame(input, controlBefore);
    if (result.verdict === "everyone_is_worse") said.everyone += 1;
    else if (result.verdict === "not_enough_evidence") said.notEnough += 1;
    else if (result.suspects[0]?.kind === guilty) said.right += 1;
    else said.wrong += 1;
  }
  return said;
}

const BLOCKS = [1, 1_001, 2_001, 3_001, 4_001];

describe("over generated scenarios", () => {
  test.each(BLOCKS)("the guilty component is named in at least 9 of 10, seeds from %i", (from) => {
    const { right, wrong } = verdicts("component", { from, count: 200 });
    expect(right).toBeGreaterThanOrEqual(180);
    expect(wrong).toBeLessThanOrEqual(2);
  });

  test.each(BLOCKS)("without a guilty one it says so in at least 9 of 10, seeds from %i", (from) => {
    expect(verdicts("nothing", { from, count: 200 }).notEnough).toBeGreaterThanOrEqual(180);
    expect(verdicts("outside", { from, count: 200 }).notEnough).toBeGreaterThanOrEqual(180);
  });

  test("and with any other seeds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000, max: 2 ** 31 }), (from) => {
        expect(verdicts("component", { from, count: 40 }).right).toBeGreaterThanOrEqual(36);
        expect(verdicts("nothing", { from, count: 40 }).notEnough).toBeGreaterThanOrEqual(36);
        expect(verdicts("outside", { from, count: 40 }).notEnough).toBeGreaterThanOrEqual(36);
      }),
      { numRuns: 30 },
    );
  });
});

const WORSE: ArmPair = { release: { bad: 120, count: 1_000 }, control: { bad: 400, count: 10_000 } };
const FINE: ArmPair = { release: { bad: 40, count: 1_000 }, control: { bad: 400, count: 10_000 } };

const two: BlameInput = {
  suspects: [
    { kind: "prompt", hints: [] },
    { kind: "feature_view", hints: [] },
  ],
  candidate: WORSE,
  past: [],
  dispersion: 2,
};

describe("what is said", () => {
  it("cannot tell two components apart that were never seen one without the other", () => {
    const together = { ...two, past: [{ releaseId: "a", shares: ["prompt", "feature_view"], pair: WORSE }] };
    for (const input of [two, together]) {
      expect(blame(input, undefined)).toMatchObject({ verdict: "not_enough_evidence", why: "cannot_tell_apart" });
    }
  });

  it("names the one that is left when the other served well elsewhere", () => {
    const result = blame({ ...two, past: [{ releaseId: "a", shares: ["prompt"], pair: FINE }] }, undefined);
    expect(result).toMatchObject({ verdict: "component", why: undefined });
    expect(result.suspects.map(({ kind }) => kind)).toEqual(["feature_view", "prompt"]);
    expect(result.suspects[0]?.posterior).toBeGreaterThan(NAMED_AT);
  });

  it("names the one that did the same harm elsewhere", () => {
    const result = blame({ ...two, past: [{ releaseId: "a", shares: ["prompt"], pair: WORSE }] }, undefined);
    expect(result.suspects[0]).toMatchObject({ kind: "prompt", seenIn: [{ releaseId: "a" }] });
    expect(result.verdict).toBe("component");
  });

  it("names a feature view whose parity is broken, but never against its own clean history", () => {
    const hinted = {
      ...two,
      suspects: [
        { kind: "prompt", hints: [] },
        { kind: "feature_view", hints: ["parity_broken"] as const },
      ],
    };
    expect(blame(hinted, undefined)).toMatchObject({ verdict: "component", suspects: [{ kind: "feature_view" }, {}] });
    const clean = { ...hinted, past: [{ releaseId: "a", shares: ["feature_view"], pair: FINE }] };
    expect(blame(clean, undefined).suspects[0]?.kind).toBe("prompt");
  });

  it("says of a release that is as good as its control that it is not worse", () => {
    expect(blame({ ...two, candidate: FINE }, undefined)).toMatchObject({
      verdict: "not_enough_evidence",
      why: "not_worse",
    });
  });

  it("says that nothing that changed explains it when everything that changed served well", () => {
    const past = [{ releaseId: "a", shares: ["prompt", "feature_view"], pair: FINE }];
    expect(blame({ ...two, past }, undefined).why).toBe("nothing_that_changed");
  });

  it("says that going back will not help when the control got as bad", () => {
    const candidate = { release: { bad: 130, count: 1_000 }, control: { bad: 1_200, count: 10_000 } };
    expect(blame({ ...two, candidate }, { bad: 400, count: 10_000 })).toMatchObject({ verdict: "everyone_is_worse" });
    expect(blame({ ...two, candidate: WORSE }, { bad: 400, count: 10_000 }).verdict).not.toBe("everyone_is_worse");
    // A release that is worse still, in a bad hour, is worse.
    const worseStill = { release: { bad: 500, count: 1_000 }, control: { bad: 1_200, count: 10_000 } };
    expect(blame({ ...two, candidate: worseStill }, { bad: 400, count: 10_000 }).verdict).not.toBe("everyone_is_worse");
  });

  it("knows nothing of a release that served nobody", () => {
    const candidate = { release: { bad: 0, count: 0 }, control: { bad: 0, count: 0 } };
    const result = blame({ ...two, candidate }, { bad: 0, count: 0 });
    expect(result).toMatchObject({ verdict: "not_enough_evidence", why: "not_worse", controlShift: undefined });
  });
});

const Arm = fc
  .integer({ min: 0, max: 100_000 })
  .chain((count) => fc.record({ bad: fc.integer({ min: 0, max: count }), count: fc.constant(count) }));
const Pair = fc.record({ release: Arm, control: Arm });

test("posteriors are probabilities, whatever was counted", () => {
  const kinds = ["a", "b", "c"];
  const Past = fc.array(fc.record({ releaseId: fc.string(), shares: fc.subarray(kinds), pair: Pair }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(Pair, Past, fc.double({ min: 1, max: 20, noNaN: true }), (candidate, past, dispersion) => {
      const suspects = kinds.map((kind) => ({ kind, hints: [] }));
      const ranking = rankComponents({ suspects, candidate, past, dispersion });
      const all = [...ranking.suspects.map(({ posterior }) => posterior), ranking.unexplained, ranking.notWorse];
      expect(all.every((one) => one >= 0 && one <= 1)).toBe(true);
      expect(all.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    }),
  );
});

// From the control's rate to one half: beyond, the few good requests are too few to say how bad it is.
test("more bad requests of the candidate never make it less guilty", () => {
  const notWorse = (bad: number): number =>
    rankComponents({ ...two, candidate: { release: { bad, count: 1_000 }, control: FINE.control } }).notWorse;
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 500 }), fc.integer({ min: 40, max: 500 }), (a, b) => {
      expect(notWorse(Math.max(a, b))).toBeLessThanOrEqual(notWorse(Math.min(a, b)) + 1e-9);
    }),
  );
});
