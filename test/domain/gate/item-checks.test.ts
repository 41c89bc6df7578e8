import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareItems } from "@/server/domain/gate/compare-items";
import { resultsOfItems, type GoldenItem } from "@/server/domain/gate/golden-item";
import type { GateRule } from "@/server/domain/policy/policy";
import { promotionGate } from "@/server/domain/gate/promotion-gate";

const item = (id: string, quality: number, segments: Record<string, string> = {}): GoldenItem => ({
  id,
  scores: { quality },
  segments,
});
/** Cases whose quality is `base(i)`; ids `prefix0` … */
const run = (
  count: number,
  base: (i: number) => number,
  segments: (i: number) => Record<string, string> = () => ({}),
) => Array.from({ length: count }, (_, i) => item(`case-${i}`, base(i), segments(i)));

/** Large differences between cases, the same in both runs. */
const hard = (i: number): number => 0.5 + 0.4 * Math.sin(i * 1.7);
/** Noise of the judge, different in each run. */
const wobble = (i: number): number => 0.04 * Math.sin(i * 12.9898);

function judge(rule: GateRule, baseline: readonly GoldenItem[], candidate: readonly GoldenItem[]) {
  return promotionGate({
    baseline: resultsOfItems(baseline),
    candidate: resultsOfItems(candidate),
    gates: [{ name: "quality", rules: [rule] }],
    items: { baseline, candidate },
  });
}

describe("the mean of a run", () => {
  it("is the number that people write: 0.9 and 0.8 are no better than 0.85", () => {
    const results = resultsOfItems([item("a", 0.9), item("b", 0.8)]);
    expect(results["quality"]).toBe(0.85);
    const gates = [{ name: "quality", rules: [{ kind: "improve" } as const] }];
    const gate = promotionGate({ baseline: { quality: 0.85 }, candidate: results, gates });
    expect(gate.checks).toMatchObject([{ name: "quality", passed: false }]);
  });
});

describe("the same cases in both runs", () => {
  it("are compared within each case: a gain of 0.02 shows through differences of 0.8 between cases", () => {
    const baseline = run(60, hard);
    const candidate = run(60, (i) => hard(i) + 0.02 + wobble(i));
    const paired = compareItems({ baseline, candidate, score: "quality" });
    expect(paired).toMatchObject({ paired: true, n: 60, insideNoise: false });
    const renamed = candidate.map((one) => ({ ...one, id: `other-${one.id}` }));
    expect(compareItems({ baseline, candidate: renamed, score: "quality" })).toMatchObject({
      paired: false,
      n: 60,
      insideNoise: true,
    });
  });

  it("give Student's interval of the differences", () => {
    // Differences 1, 2, 3, 4, 5: mean 3, s = 1.5811, half = 2.776445 · s / √5 = 1.9632.
    const baseline = run(5, () => 0);
    const compared = compareItems({ baseline, candidate: run(5, (i) => i + 1), score: "quality" });
    expect(compared?.difference).toBeCloseTo(3, 12);
    expect(compared?.lower).toBeCloseTo(3 - 1.9632, 2);
    expect(compared?.upper).toBeCloseTo(3 + 1.9632, 2);
  });

  it("cover the true difference about as often as they say", () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    const noise = fc.array(fc.tuple(value, value), { minLength: 20, maxLength: 20 });
    let covered = 0;
    const sampled = fc.sample(noise, { numRuns: 400, seed: 7 });
    for (const pairs of sampled) {
      const arm = (side: 0 | 1) => pairs.map((pair, i) => item(`c${i}`, pair[side]));
      const compared = compareItems({ baseline: arm(0), candidate: arm(1), score: "quality" });
      if (compared?.insideNoise === true) covered += 1;
    }
    expect(covered / sampled.length).toBeGreaterThan(0.91);
    expect(covered / sampled.length).toBeLessThan(0.99);
  });

  it("are too few below five", () => {
    expect(compareItems({ baseline: run(4, hard), candidate: run(4, hard), score: "quality" })).toBeUndefined();
    expect(compareItems({ baseline: run(9, hard), candidate: run(9, hard), score: "tokens" })).toBeUndefined();
  });
});

describe("the gate on cases", () => {
  it.each<[string, GateRule, number, "promote" | "refuse" | "unknown", string]>([
    ["a clear gain", { kind: "improve" }, 0.05, "promote", "improves on"],
    ["a gain inside the noise", { kind: "improve" }, 0.002, "unknown", "inside the noise"],
    ["a clear loss", { kind: "improve" }, -0.05, "refuse", "does not improve on"],
    ["a loss within the limit", { kind: "max_decrease", fraction: 0.1 }, -0.02, "promote", "within 10.0%"],
    ["a loss clearly beyond the limit", { kind: "max_decrease", fraction: 0.02 }, -0.08, "refuse", "exceeds 2.0%"],
    ["a loss about the limit", { kind: "max_decrease", fraction: 0.02 }, -0.0105, "unknown", "lies inside the noise"],
  ])("%s", (_, rule, shift, verdict, words) => {
    const baseline = run(60, hard);
    const candidate = run(60, (i) => hard(i) + shift + wobble(i));
    const result = judge(rule, baseline, candidate);
    expect(result.checks[0]?.message).toContain(words);
    expect(result.verdict).toBe(verdict);
  });

  const region = (i: number): Record<string, string> => ({ region: i % 3 === 0 ? "us-west" : "eu" });

  it("finds the slice that the whole averages away", () => {
    const baseline = run(90, hard, region);
    const candidate = run(90, (i) => hard(i) + wobble(i) + (i % 3 === 0 ? -0.1 : 0.08), region);
    const { verdict, checks } = judge({ kind: "improve" }, baseline, candidate);
    expect(checks.map(({ name, passed }) => [name, passed])).toEqual([
      ["quality", true],
      ["quality@region=eu", true],
      ["quality@region=us-west", false],
    ]);
    expect(checks[2]?.message).toMatch(
      /^quality@region=us-west: .* clearly worse \(-0\.\d+, interval .*30 matched cases\)$/,
    );
    expect(verdict).toBe("refuse");
  });

  it("says of a slice that is too small that it is", () => {
    const few = (i: number) => ({ region: i < 4 ? "ap" : "eu" });
    const { checks, promote } = judge({ kind: "min", limit: 0.1 }, [], run(60, hard, few));
    expect(checks.at(-1)).toMatchObject({ name: "quality@region=ap", passed: true, observed: null });
    expect(checks.at(-1)?.message).toContain("4 cases are too few");
    expect(promote).toBe(true);
  });

  it("holds an absolute limit in each slice, where it is clearly broken", () => {
    const candidate = run(90, (i) => (i % 3 === 0 ? 0.6 : 0.95) + wobble(i), region);
    const { checks, verdict } = judge({ kind: "min", limit: 0.8 }, [], candidate);
    expect(checks.find(({ name }) => name === "quality@region=us-west")).toMatchObject({ passed: false });
    expect(verdict).toBe("refuse");
  });
});
