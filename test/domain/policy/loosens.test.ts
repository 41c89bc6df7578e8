import fc from "fast-check";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { PolicyName } from "@/server/domain/ids";
import { loosens } from "@/server/domain/policy/loosens";
import { parsePolicy, type Bound, type Policy, type Threshold } from "@/server/domain/policy/policy";
import { policy } from "@/test/arbitraries/policy";

const read = (text: string): Policy => parsePolicy(parse(text), PolicyName.parse("default"));

const BASE = `
evidence: confident
alpha: 0.01
segments: [region]
thresholds:
  error_rate: { max: 0.05, window: 5m, consecutive: 3, min_requests: 50, action: rollback }
  task_completion_rate: { min: 0.91, action: rollback, attribution: none }
  mean_cost_usd: { max_increase: 0.15, action: rollback }
  groundedness_score: { min: 0.8, action: pause_for_review }
`;
const WINDOW = BASE.replace("confident", "window");

const found = (previous: string, next: string): string[] =>
  loosens(read(previous), read(next)).map(({ rule, kind }) => `${rule ?? "policy"} ${kind}`);

describe("a loosened rollback rule", () => {
  it.each<[string, (text: string) => string, string[]]>([
    ["a higher max", (t) => t.replace("max: 0.05", "max: 0.08"), ["error_rate:max limit"]],
    ["a lower min", (t) => t.replace("min: 0.91", "min: 0.9"), ["task_completion_rate:min limit"]],
    ["a larger increase", (t) => t.replace("0.15", "0.2"), ["mean_cost_usd:max_increase limit"]],
    ["a rule left out", (t) => t.replace(/ {2}mean_cost.*\n/, ""), ["mean_cost_usd:max_increase rule_removed"]],
    [
      "a relative limit in its place",
      (t) => t.replace("max: 0.05", "max_increase: 0"),
      ["error_rate:max rule_removed"],
    ],
    [
      "a pause instead",
      (t) => t.replace("50, action: rollback", "50, action: pause_for_review"),
      ["error_rate:max action"],
    ],
    ["a dry run", (t) => t.replace("min_requests: 50", "min_requests: 50, dry_run: true"), ["error_rate:max dry_run"]],
    ["attribution asked for", (t) => t.replace(", attribution: none", ""), ["task_completion_rate:min attribution"]],
    [
      "no segments",
      (t) => t.replace("segments: [region]\n", ""),
      ["error_rate:max segments", "task_completion_rate:min segments", "mean_cost_usd:max_increase segments"],
    ],
    [
      "a smaller budget",
      (t) => t.replace("alpha: 0.01", "alpha: 0.001"),
      ["error_rate:max alpha", "task_completion_rate:min alpha", "mean_cost_usd:max_increase alpha"],
    ],
    [
      "a budget of its own below its share",
      (t) => t.replace("min_requests: 50", "min_requests: 50, alpha: 0.001"),
      ["error_rate:max alpha"],
    ],
    ["another way to establish a breach", (t) => t.replace("confident", "window"), ["policy evidence"]],
    ["a warm-up", (t) => `${t}warmup: 2m\n`, ["policy warmup"]],
    ["later decisions", (t) => `${t}settle: 5m\n`, ["policy settle"]],
  ])("is found: %s", (_, change, expected) => {
    expect(change(BASE)).not.toBe(BASE);
    expect(found(BASE, change(BASE))).toEqual(expected);
  });

  it.each<[string, (text: string) => string, string[]]>([
    ["a longer run", (t) => t.replace("consecutive: 3", "consecutive: 4"), ["error_rate:max sustained"]],
    ["a longer window", (t) => t.replace("window: 5m", "window: 10m"), ["error_rate:max sustained"]],
    ["a larger sample", (t) => t.replace("min_requests: 50", "min_requests: 500"), ["error_rate:max sample"]],
  ])("is found where windows decide, and is none where evidence does: %s", (_, change, expected) => {
    expect(found(WINDOW, change(WINDOW))).toEqual(expected);
    expect(found(BASE, change(BASE))).toEqual([]);
  });

  it("is said in words that name both sides", () => {
    const [one] = loosens(read(BASE), read(BASE.replace("max: 0.05", "max: 0.08")));
    expect(one?.sentence).toBe("error rate: rolls back when above 8 %, no longer when above 5 %.");
  });

  it("is none where nothing rolled back before", () => {
    const pauses = BASE.replaceAll("action: rollback", "action: pause_for_review");
    expect(found(pauses, "thresholds: {}")).toEqual([]);
  });
});

/** The same rule, stricter in every respect or equal. */
function tightened(threshold: Threshold, by: number): Threshold {
  const bound: Bound =
    "limit" in threshold.bound
      ? { ...threshold.bound, limit: threshold.bound.limit * (threshold.bound.kind === "min" ? 1 + by : 1 - by) }
      : { ...threshold.bound, fraction: threshold.bound.fraction * (1 - by) };
  return {
    ...threshold,
    bound,
    consecutive: Math.max(1, threshold.consecutive - 1),
    minRequests: Math.max(1, threshold.minRequests - 10),
    segments: [...new Set([...threshold.segments, "tenant_tier"])],
    attribution: "limit" in bound ? "none" : threshold.attribution,
    dryRun: false,
    action: "rollback",
  };
}

function stricter(one: Policy, by: number): Policy {
  return {
    ...one,
    alpha: Math.min(0.5, one.alpha * (1 + by)),
    settleMs: one.settleMs / 2,
    warmupMs: 0,
    thresholds: one.thresholds.map((threshold) => tightened({ ...threshold, alpha: 0.5 }, by)),
  };
}

describe("loosens", () => {
  it("finds nothing between a policy and itself", () => {
    fc.assert(
      fc.property(policy, (one) => {
        expect(loosens(one, one)).toEqual([]);
      }),
    );
  });

  it("finds nothing when every rule gets stricter, and something on the way back", () => {
    fc.assert(
      fc.property(policy, fc.integer({ min: 1, max: 50 }), (one, percent) => {
        const strict = stricter(one, percent / 100);
        expect(loosens(one, strict)).toEqual([]);
        expect(loosens(strict, one)).not.toEqual([]);
      }),
    );
  });

  it("finds nothing when a rule is added", () => {
    fc.assert(
      fc.property(policy, policy, (one, other) => {
        const known = new Set(one.thresholds.map(({ id }) => id));
        const added = other.thresholds.filter(({ id }) => !known.has(id));
        expect(loosens(one, { ...one, thresholds: [...one.thresholds, ...added] })).toEqual([]);
      }),
    );
  });

  it("names only rules that rolled back before", () => {
    fc.assert(
      fc.property(policy, policy, (one, other) => {
        const rules = new Set(one.thresholds.filter((t) => t.action === "rollback" && !t.dryRun).map(({ id }) => id));
        const found = loosens(one, other).filter(({ rule }) => rules.size === 0 || (rule !== null && !rules.has(rule)));
        expect(found).toEqual([]);
      }),
    );
  });
});
