/**
 * The promotion gate: golden-set results of a candidate against limits and the baseline's results. Missing evidence is
 * never a pass, and is told apart from a refusal.
 */
import { z } from "zod";
import { openRecord } from "@/server/domain/input";
import { higherIsWorse, measureUnit, parseMetric } from "@/server/domain/metric/metric";
import type { Gate, GateRule } from "@/server/domain/policy/policy";
import { gateRules } from "@/server/domain/policy/policy";
import { GateDocument } from "@/server/domain/policy/policy-document";
import { formatPercent } from "./format-change";
import type { GateCheck } from "./gate-check";
import { sliceChecks, withNoise, type ItemArms } from "./item-checks";

/** `unknown`: nothing failed, but evidence is missing. Only `promote` lets a candidate through. */
export interface GateResult {
  readonly promote: boolean;
  readonly verdict: "promote" | "refuse" | "unknown";
  readonly checks: readonly GateCheck[];
}

/** Results of a golden-set run by name, e.g. `{quality: 0.87, tokens: 790, p95_ms: 970}`. */
export const ResultsInput = openRecord(z.string().min(1).max(128), z.number());
export type Results = z.output<typeof ResultsInput>;

const SHORT_INCREASE = /^max_(.+)_increase$/;
const SHORT_DECREASE = /^max_(.+)_decrease$/;
const SHORT_LIMIT = /^(max|min)_(.+)$/;

/** `limits` of a request: a policy's gates by result, or the short form `{max_token_increase: 0.15, max_p95_ms: 1000}`. */
export const LimitsInput = openRecord(z.string().min(1).max(128), z.union([z.number(), GateDocument])).superRefine(
  (limits, context) => {
    for (const [key, limit] of Object.entries(limits)) {
      if (typeof limit !== "number" || SHORT_LIMIT.test(key)) continue;
      const message = `${key} is no limit: write max_${key} or min_${key}, or {${key}: {max: ${limit}}}`;
      context.addIssue({ code: "custom", path: [key], message });
    }
  },
);
export type Limits = z.output<typeof LimitsInput>;

/**
 * The gates that `limits` ask for. The short form names the result in its key (`max_token_increase` is the `tokens`
 * result when there is no `token`), and always asks that `quality`, where it is measured, improves on the baseline.
 */
export function gatesFromLimits(limits: Limits, candidate: Results): Gate[] {
  const gates: Gate[] =
    Object.hasOwn(candidate, "quality") && !Object.hasOwn(limits, "quality")
      ? [{ name: "quality", rules: [{ kind: "improve" }] }]
      : [];
  for (const [key, limit] of Object.entries(limits)) {
    if (typeof limit !== "number") gates.push({ name: key, rules: gateRules(limit) });
    else gates.push(shortGate(key, limit, candidate));
  }
  return gates;
}

function shortGate(key: string, limit: number, candidate: Results): Gate {
  const named = (name: string): string =>
    !Object.hasOwn(candidate, name) && Object.hasOwn(candidate, `${name}s`) ? `${name}s` : name;
  const increase = SHORT_INCREASE.exec(key)?.[1];
  if (increase !== undefined) return { name: named(increase), rules: [{ kind: "max_increase", fraction: limit }] };
  const decrease = SHORT_DECREASE.exec(key)?.[1];
  if (decrease !== undefined) return { name: named(decrease), rules: [{ kind: "max_decrease", fraction: limit }] };
  const [, bound, name] = SHORT_LIMIT.exec(key) ?? [];
  return { name: named(name ?? key), rules: [{ kind: bound === "min" ? "min" : "max", limit }] };
}

const NO_ITEMS: ItemArms = { baseline: [], candidate: [] };

/**
 * Holds the candidate's results to the gates.
 *
 * @param baseline the baseline's results; rules against it cannot be told without them.
 * @param items both runs' cases: differences then come with their uncertainty, and per slice.
 * @param free the outcome of the checks that cost nothing, which come first and count alike.
 */
export function promotionGate({
  baseline = {},
  candidate,
  gates,
  items = NO_ITEMS,
  free = [],
}: {
  readonly baseline?: Results;
  readonly candidate: Results;
  readonly gates: readonly Gate[];
  readonly items?: ItemArms;
  readonly free?: readonly GateCheck[];
}): GateResult {
  const paid = gates.flatMap(({ name, rules }) =>
    rules.flatMap((rule) => {
      const check = checkRule({ name, rule, value: own(candidate, name), base: own(baseline, name) });
      const of = { name, rule, lowerIsBetter: lowerIsBetter(name) };
      return [withNoise(check, of, items), ...sliceChecks(of, items)];
    }),
  );
  const checks = [...free, ...paid];
  const failed = checks.filter((check) => !check.passed);
  const refused = failed.some((check) => check.observed !== null && check.undecided !== true);
  return {
    promote: failed.length === 0,
    verdict: failed.length === 0 ? "promote" : refused ? "refuse" : "unknown",
    checks,
  };
}

function own(results: Results, name: string): number | undefined {
  return Object.hasOwn(results, name) ? results[name] : undefined;
}

interface RuleInput {
  readonly name: string;
  readonly rule: GateRule;
  readonly value: number | undefined;
  readonly base: number | undefined;
}

/** Relative distance below which two results count as equal. */
const ROUNDING = 1e-9;

function checkRule({ name, rule, value, base }: RuleInput): GateCheck {
  if (value === undefined) return untold(name, rule, `the candidate has no result ${name}`);
  if (rule.kind === "max" || rule.kind === "min") {
    const passed = rule.kind === "max" ? value <= rule.limit : value >= rule.limit;
    const relation = passed
      ? `within ${rule.kind} ${rule.limit}`
      : `${rule.kind === "max" ? "exceeds" : "below"} ${rule.kind} ${rule.limit}`;
    return paidCheck({ name, passed, observed: value, limit: rule.limit, message: `${name}=${value} ${relation}` });
  }
  if (base === undefined) return untold(name, rule, `the baseline has no result ${name} to compare with`);
  if (rule.kind === "improve") {
    const passed = lowerIsBetter(name) ? value < base : value > base;
    const message = `${name}=${value} ${passed ? "improves on" : "does not improve on"} baseline ${base}`;
    return paidCheck({ name, passed, observed: value, limit: base, message });
  }
  return checkChange({ name, rule, value, base });
}

function checkChange({
  name,
  rule,
  value,
  base,
}: RuleInput & { readonly value: number; readonly base: number }): GateCheck {
  const fraction = "fraction" in rule ? rule.fraction : 0;
  const change = rule.kind === "max_increase" ? value - base : base - value;
  const passed = change <= fraction * Math.abs(base) + ROUNDING * Math.max(Math.abs(value), Math.abs(base));
  const verb = rule.kind === "max_increase" ? "increase" : "decrease";
  // Nothing is no measure of a change: say both values, not a percentage.
  if (base === 0) {
    const message = `${name}=${value} against baseline 0: ${passed ? `no ${verb}` : `any ${verb} exceeds ${formatPercent(fraction)}`}`;
    return paidCheck({ name, passed, observed: value, limit: 0, message });
  }
  const observed = change / Math.abs(base);
  const message = `${name} ${verb} ${formatPercent(observed)} ${passed ? "within" : "exceeds"} ${formatPercent(fraction)} (${base} → ${value})`;
  return paidCheck({ name, passed, observed, limit: fraction, message });
}

function paidCheck(check: Omit<GateCheck, "tier">): GateCheck {
  return { tier: "paid", ...check };
}

function untold(name: string, rule: GateRule, message: string): GateCheck {
  const limit = "limit" in rule ? rule.limit : "fraction" in rule ? rule.fraction : null;
  return { tier: "paid", name, passed: false, observed: null, limit, message };
}

const LESS_IS_MORE: ReadonlySet<string> = new Set(["tokens", "cost", "latency", "errors", "toxicity"]);

/** Results named like a metric go by the metric's direction; latency, tokens and cost by their unit; others: more is better. */
function lowerIsBetter(name: string): boolean {
  const metric = parseMetric(name);
  if (metric !== undefined) return higherIsWorse(metric);
  return LESS_IS_MORE.has(name) || measureUnit(name) !== "number";
}
