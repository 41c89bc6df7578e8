import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sample } from "@/server/domain/policy/evaluation";
import { concludeEvaluation, judgeWindows, type StepState } from "@/server/domain/policy/evaluate-policy";
import { findFromWindows, type RuleWindows } from "@/server/domain/policy/evaluate-windows";
import { parsePolicy } from "@/server/domain/policy/policy";

const policy = parsePolicy({
  name: "test",
  evidence: "window",
  thresholds: {
    p95_ttft_ms: { max: 850, window: "5m", consecutive: 3, min_requests: 100, action: "rollback" },
    groundedness_score: { min: 0.82, window: "15m", action: "pause_for_review" },
    mean_cost_usd: { max_increase: 0.15, vs: "control", window: "30m", min_requests: 10, action: "rollback" },
  },
  steps: [{ canary: "10%", min_duration: "10m", min_requests: 300 }],
});
const [latency, groundedness, cost] = policy.thresholds;
if (latency === undefined || groundedness === undefined || cost === undefined)
  throw new Error("the policy has three thresholds");

const sample = (value: number | null, count = 200): Sample => ({
  value,
  count: value === null ? 0 : count,
  lower: null,
  upper: null,
});
const rule = (threshold: RuleWindows["threshold"], candidate: Sample[], control: Sample[] = []): RuleWindows => ({
  threshold,
  candidate,
  control,
});

describe("one rule on its windows", () => {
  test.each([
    ["three bad windows in a row are a breach", [910, 930, 905], 200, "breach", 3],
    ["a good one among them resets the run", [910, 790, 905], 200, "watch", 1],
    ["a good newest window passes", [910, 930, 790], 200, "pass", 0],
    ["equality is not beyond the limit", [850, 850, 850], 200, "pass", 0],
    ["bad windows under the minimum sample are not a breach", [910, 930, 905], 99, "collecting", 0],
  ] as const)("%s", (_name, values, count, verdict, breaching) => {
    const finding = findFromWindows(
      rule(
        latency,
        values.map((value) => sample(value, count)),
      ),
    );
    expect(finding).toMatchObject({ verdict, breaching, required: 3 });
  });

  test("no data is no data, however bad the windows before", () => {
    expect(findFromWindows(rule(latency, [sample(910), sample(930), sample(null)])).verdict).toBe("no_data");
    expect(findFromWindows(rule(latency, [])).verdict).toBe("no_data");
  });

  test("too few requests say how many are needed", () => {
    expect(findFromWindows(rule(latency, [sample(700, 34)]))).toMatchObject({
      verdict: "collecting",
      needed: 100,
      detail: "34 of 100 requests in the last 5m",
    });
  });

  test("a comparison without a control is not comparable, never a pass", () => {
    expect(findFromWindows(rule(cost, [sample(0.009)], [sample(0.004, 3)])).verdict).toBe("not_comparable");
    expect(findFromWindows(rule(cost, [sample(0.009)], [])).verdict).toBe("not_comparable");
  });

  test("a comparison is against the control's window", () => {
    expect(findFromWindows(rule(cost, [sample(0.0047)], [sample(0.004)])).verdict).toBe("breach");
    expect(findFromWindows(rule(cost, [sample(0.0046)], [sample(0.004)])).verdict).toBe("pass");
  });

  test("a worse newest value is never judged milder", () => {
    const order = ["pass", "watch", "breach"];
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 2_000, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.double({ min: 0, max: 1_000, noNaN: true }),
        (values, extra) => {
          const verdict = (list: number[]): number =>
            order.indexOf(
              findFromWindows(
                rule(
                  latency,
                  list.map((value) => sample(value)),
                ),
              ).verdict,
            );
          const [first = 0, second = 0, third = 0] = values;
          expect(verdict([first, second, third + extra])).toBeGreaterThanOrEqual(verdict([first, second, third]));
        },
      ),
    );
  });
});

const step = (changes: Partial<StepState> = {}): StepState => {
  const first = policy.steps[0];
  if (first === undefined) throw new Error("the policy has a step");
  return { step: first, stepStartedMs: 0, atMs: 3_600_000, requests: 1_000, isLast: true, paused: false, ...changes };
};
const good = [
  rule(latency, [sample(700), sample(700), sample(700)]),
  rule(groundedness, [sample(0.9)]),
  rule(cost, [sample(0.004)], [sample(0.004)]),
];
const bad = [
  rule(latency, [sample(910), sample(920), sample(930)]),
  rule(groundedness, [sample(0.79)]),
  rule(cost, [sample(0.004)], [sample(0.004)]),
];

describe("from findings to a decision", () => {
  test("rollback wins over a pause, and both are named", () => {
    const evaluation = concludeEvaluation({ policy, judgement: judgeWindows(bad), step: step() });
    expect(evaluation.decision).toBe("rollback");
    expect(evaluation.violations.map((violation) => violation.message)).toEqual([
      "p95_ttft_ms=930 exceeds max 850 over 5m",
      "groundedness_score=0.79 below min 0.82 over 15m",
    ]);
    expect(evaluation.sentence).toBe(
      "p95 time to first token is 930 ms, above the limit of 850 ms over 5m, and 1 more.",
    );
  });

  test("a rule under dry run is shown and decides nothing", () => {
    const dry = bad.map((windows) => ({ ...windows, threshold: { ...windows.threshold, dryRun: true } }));
    const evaluation = concludeEvaluation({ policy, judgement: judgeWindows(dry), step: step() });
    expect(evaluation.decision).not.toBe("rollback");
    expect(evaluation.violations).toEqual([]);
    expect(evaluation.findings[0]?.verdict).toBe("breach");
  });

  test("the last step promotes when its time and evidence are in", () => {
    expect(concludeEvaluation({ policy, judgement: judgeWindows(good), step: step() }).decision).toBe("promote");
  });

  test.each([
    ["its time has not passed", { atMs: 60_000 }, "step duration"],
    ["its requests have not come", { requests: 299 }, "requests"],
  ] as const)("the step waits while %s", (_name, changes, what) => {
    const evaluation = concludeEvaluation({ policy, judgement: judgeWindows(good), step: step(changes) });
    expect(evaluation).toMatchObject({ decision: "continue", stepComplete: false });
    expect(evaluation.waitingFor.map((entry) => entry.what)).toEqual([what]);
    expect(evaluation.waitingFor[0]?.etaMs).toBeGreaterThan(0);
  });

  test("a metric without data holds the step and breaches nothing", () => {
    const silent = [rule(latency, [sample(null)]), ...good.slice(1)];
    const evaluation = concludeEvaluation({ policy, judgement: judgeWindows(silent), step: step() });
    expect(evaluation.decision).toBe("continue");
    expect(evaluation.waitingFor.map((entry) => entry.what)).toEqual(["p95_ttft_ms"]);
  });

  test("a paused rollout is still protected and never advances", () => {
    expect(concludeEvaluation({ policy, judgement: judgeWindows(good), step: step({ paused: true }) }).decision).toBe(
      "continue",
    );
    expect(concludeEvaluation({ policy, judgement: judgeWindows(bad), step: step({ paused: true }) }).decision).toBe(
      "rollback",
    );
  });
});
