import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Threshold } from "@/server/domain/policy/policy";
import { parsePolicy } from "@/server/domain/policy/policy";
import { consecutiveBreaches, isSustained } from "@/server/domain/policy/sustained-breach";
import type { Violation } from "@/server/domain/policy/threshold";
import { checkThreshold, decideFromViolations, inSegment } from "@/server/domain/policy/threshold";
import { DECISIONS } from "@/server/domain/vocabulary";
import examples from "@/test/fixtures/worked-examples.json";

function thresholdsOf(thresholds: unknown): readonly Threshold[] {
  return parsePolicy({ name: "p", thresholds }).thresholds;
}
function one(name: string, entry: object): Threshold {
  const [threshold] = thresholdsOf({ [name]: { action: "rollback", window: "30m", ...entry } });
  if (threshold === undefined) throw new Error("no threshold");
  return threshold;
}

describe("worked examples of the rollback policy", () => {
  const thresholds = thresholdsOf(examples.rollbackPolicy.thresholds);

  it.each(examples.rollbackPolicy.cases)("decides $decision", ({ metrics, decision, violations }) => {
    const values = new Map(Object.entries(metrics));
    const found = thresholds
      .map((threshold) => checkThreshold(threshold, values.get(threshold.name)))
      .filter((violation) => violation !== undefined);
    expect(found.map(({ action, message }) => [action, message])).toEqual(violations);
    expect(decideFromViolations(found)).toBe(decision);
  });

  it.each(examples.sustainedBreach.cases)("counts $consecutive in $windows", (example) => {
    const threshold = one("p95_ttft_ms", { max: example.max, consecutive: example.required });
    expect(consecutiveBreaches(example.windows, threshold)).toBe(example.consecutive);
    expect(isSustained(example.windows, threshold)).toBe(example.breach);
  });
});

describe("thresholds", () => {
  const cost = { max_increase: 0.15, vs: "control" };

  it.each([
    [
      "mean_cost_usd",
      cost,
      0.0046,
      0.00399,
      "mean_cost_usd=0.0046 exceeds control 0.0040 by 15.3 % (limit 15 %) over 30m",
    ],
    ["mean_total_tokens", cost, 790, 620, "mean_total_tokens=790 exceeds control 620 by 27.4 % (limit 15 %) over 30m"],
    [
      "task_completion_rate",
      { max_decrease: 0.1 },
      0.8,
      0.92,
      "task_completion_rate=0.80 below control 0.92 by 13.0 % (limit 10 %) over 30m",
    ],
    ["error_rate", { max_increase: 0 }, 0.01, 0, "error_rate=0.010 exceeds control 0.00 (limit 0 %) over 30m"],
    ["p95_ttft_ms", { max: 850 }, 910.123456789, undefined, "p95_ttft_ms=910.123 exceeds max 850 over 30m"],
    ["p95_ttft_ms", { max: 850 }, 850.0000001, undefined, "p95_ttft_ms=850.0000001 exceeds max 850 over 30m"],
  ])("%s %j breaks at %d against %s", (name, entry, value, control, message) => {
    expect(checkThreshold(one(name, entry), value, control)?.message).toBe(message);
  });

  it.each([
    ["equal to max", "p95_ttft_ms", { max: 850 }, 850, undefined],
    ["equal to min", "groundedness_score", { min: 0.82 }, 0.82, undefined],
    ["exactly the allowed increase", "mean_cost_usd", cost, 0.0046, 0.004],
    ["exactly the allowed decrease", "error_rate", { max_decrease: 0.1 }, 0.9, 1],
    ["no data", "p95_ttft_ms", { max: 850 }, undefined, undefined],
    ["no data of the control", "mean_cost_usd", cost, 99, undefined],
    ["both nothing", "error_rate", { max_increase: 0 }, 0, 0],
  ])("%s breaks nothing", (_, name, entry, value, control) => {
    expect(checkThreshold(one(name, entry), value, control)).toBeUndefined();
  });

  it("carries what the API shows, and the segment", () => {
    const violation = checkThreshold(one("mean_cost_usd", cost), 0.005, 0.004);
    expect(violation).toMatchObject({
      metric: "mean_cost_usd",
      observed: 0.005,
      threshold: 0.15,
      control: 0.004,
      window: "30m",
    });
    expect(inSegment(violation as Violation, "region=us-west")).toMatchObject({
      segment: "region=us-west",
      message: "mean_cost_usd=0.0050 exceeds control 0.0040 by 25.0 % (limit 15 %) over 30m in region=us-west",
    });
  });

  it("of a dry run or a notification decide nothing", () => {
    const found = [
      checkThreshold(one("error_rate", { max: 0, dry_run: true }), 1),
      checkThreshold(one("error_rate", { max: 0, action: "notify" }), 1),
    ].filter((violation) => violation !== undefined);
    expect(found).toHaveLength(2);
    expect(decideFromViolations(found)).toBe("continue");
  });

  it("never give a milder decision for a worse value", () => {
    const value = fc.double({ min: 0, max: 10, noNaN: true });
    const action = fc.constantFrom("rollback", "pause_for_review", "notify");
    const bound = fc.constantFrom("max", "min", "max_increase", "max_decrease");
    const rule = fc.record({ action, bound, limit: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(
        rule,
        rule,
        value,
        value,
        fc.double({ min: 0, max: 5, noNaN: true }),
        (a, b, x, control, worsening) => {
          const decide = (shift: number): number => {
            const found = [a, b].map(({ action: then, bound: kind, limit }) => {
              const worse = kind.startsWith("max") && kind !== "max_decrease" ? x + shift : x - shift;
              return checkThreshold(one("mean_x", { [kind]: limit, action: then }), worse, control);
            });
            return DECISIONS.indexOf(decideFromViolations(found.filter((violation) => violation !== undefined)));
          };
          // DECISIONS runs continue, pause_for_review, rollback.
          expect(decide(worsening)).toBeGreaterThanOrEqual(decide(0));
        },
      ),
    );
  });
});

describe("sustained breach", () => {
  const threshold = one("p95_ttft_ms", { max: 850, consecutive: 2 });

  it.each([
    ["nothing", [], 0],
    ["no data last", [910, 910, undefined], 0],
    ["no data between", [910, undefined, 910], 1],
    ["all bad", [900, 910, 920], 3],
    ["equality", [910, 850], 0],
  ])("of %s", (_, values, run) => {
    expect(consecutiveBreaches(values, threshold)).toBe(run);
  });

  it("compares with the control of the same window", () => {
    const relative = one("mean_cost_usd", { max_increase: 0.1, consecutive: 2 });
    expect(isSustained([1, 2, 2], relative, [1, 1, 1])).toBe(true);
    expect(isSustained([1, 2, 2], relative, [1, 1, 2])).toBe(false);
    expect(isSustained([1, 2, 2], relative, [1, 1, undefined])).toBe(false);
  });

  it("is broken by one good window, wherever it is", () => {
    const value = fc.integer({ min: 800, max: 900 });
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (before, after) => {
        expect(consecutiveBreaches([...before, 850, ...after], threshold)).toBeLessThanOrEqual(after.length);
      }),
    );
  });
});
