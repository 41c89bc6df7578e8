/**
 * What the cases one by one add to a gate: whether a difference is more than noise, and whether it holds in every slice.
 * They never make a broken limit pass; they can say that nothing was shown.
 */
import type { GateRule } from "@/server/domain/policy/policy";
import { compareItems, meanOfItems, type ItemComparison } from "./compare-items";
import type { GateCheck } from "./gate-check";
import type { GoldenItem } from "./golden-item";
import { itemScoreOf } from "./golden-item";

/** Both runs' cases; empty where the results came without them. */
export interface ItemArms {
  readonly baseline: readonly GoldenItem[];
  readonly candidate: readonly GoldenItem[];
}

/** A rule on a result, with the direction in which the result is worse. */
export interface ItemRule {
  readonly name: string;
  readonly rule: GateRule;
  readonly lowerIsBetter: boolean;
}

/** Two-sided level of one result's slices together. */
const ALPHA = 0.05;
/** A slice with fewer cases is not judged. */
const FEWEST_IN_SLICE = 10;
/** Slices judged per result at most, the largest first. */
const MOST_SLICES = 40;

/** The check, with the comparison of cases; a difference that may be chance alone leaves it undecided. */
export function withNoise(check: GateCheck, { name, rule, lowerIsBetter }: ItemRule, arms: ItemArms): GateCheck {
  const { score, quantile } = itemScoreOf(name);
  if (check.observed === null || quantile !== undefined || isAbsolute(rule)) return check;
  const comparison = compareItems({ ...arms, score });
  if (comparison === undefined) return check;
  const noise = noiseAbout(check, comparison, { rule, lowerIsBetter });
  const undecided = noise !== undefined && (rule.kind === "improve" || !check.passed);
  const message = `${check.message} (${differenceWords(comparison)})${noise === undefined ? "" : `: ${noise}`}`;
  return undecided ? { ...check, passed: false, undecided, comparison, message } : { ...check, comparison, message };
}

/** What of the rule's answer may be chance: undefined when it is shown. */
function noiseAbout(
  check: GateCheck,
  comparison: ItemComparison,
  { rule, lowerIsBetter }: Pick<ItemRule, "rule" | "lowerIsBetter">,
): string | undefined {
  const anyDifference = comparison.insideNoise ? "inside the noise" : undefined;
  if (rule.kind === "improve") return anyDifference;
  const limit = marginOf(rule, comparison);
  const worse = worsening(comparison, rule, lowerIsBetter);
  const limitInside = check.passed ? worse.upper > limit : worse.lower <= limit;
  if (limitInside) return "the limit lies inside the noise";
  return check.passed ? anyDifference : undefined;
}

/** One check per slice: it fails only where the slice is clearly beyond the limit, all slices taken together. */
export function sliceChecks(rule: ItemRule, arms: ItemArms): GateCheck[] {
  const { score, quantile } = itemScoreOf(rule.name);
  if (quantile !== undefined) return [];
  const slices = slicesOf(arms, score);
  const judged = slices.filter(({ candidate }) => candidate.length >= FEWEST_IN_SLICE).length;
  return slices.map((slice) => checkSlice(rule, { ...slice, score, alpha: ALPHA / Math.max(1, judged) }));
}

interface Slice extends ItemArms {
  readonly slice: string;
}

function slicesOf(arms: ItemArms, score: string): Slice[] {
  const [candidate, baseline] = [bySlice(arms.candidate, score), bySlice(arms.baseline, score)];
  return [...candidate]
    .map(([slice, items]) => ({ slice, candidate: items, baseline: baseline.get(slice) ?? [] }))
    .toSorted((a, b) => b.candidate.length - a.candidate.length || (a.slice < b.slice ? -1 : 1))
    .slice(0, MOST_SLICES);
}

function bySlice(items: readonly GoldenItem[], score: string): Map<string, GoldenItem[]> {
  const slices = new Map<string, GoldenItem[]>();
  for (const item of items) {
    if (!Object.hasOwn(item.scores, score)) continue;
    for (const [key, value] of Object.entries(item.segments)) {
      const slice = `${key}=${value}`;
      const known = slices.get(slice);
      if (known === undefined) slices.set(slice, [item]);
      else known.push(item);
    }
  }
  return slices;
}

function checkSlice(of: ItemRule, part: Slice & { readonly score: string; readonly alpha: number }): GateCheck {
  const { rule } = of;
  const { slice, candidate, alpha } = part;
  const name = `${of.name}@${slice}`;
  if (candidate.length < FEWEST_IN_SLICE) {
    const message = `${name}: ${candidate.length} cases are too few to judge, ${FEWEST_IN_SLICE} are needed`;
    return { tier: "paid", name, passed: true, observed: null, limit: null, message };
  }
  if (rule.kind === "max" || rule.kind === "min") return checkAbsoluteSlice(name, rule, part);
  const comparison = compareItems({ ...part, alpha });
  if (comparison === undefined) {
    const message = `${name}: the baseline has too few cases of this slice to compare with`;
    return { tier: "paid", name, passed: true, observed: null, limit: null, message };
  }
  const limit = marginOf(rule, comparison);
  const passed = worsening(comparison, rule, of.lowerIsBetter).lower <= limit;
  const words = passed
    ? comparison.insideNoise
      ? "inside the noise"
      : "not clearly beyond the limit"
    : "clearly worse";
  const message = `${name}: ${round(comparison.baseline)} → ${round(comparison.candidate)}, ${words} (${differenceWords(comparison)})`;
  return { tier: "paid", name, passed, observed: comparison.difference, limit, message, comparison };
}

function checkAbsoluteSlice(
  name: string,
  { kind, limit }: { readonly kind: "max" | "min"; readonly limit: number },
  { candidate, score, alpha }: Slice & { readonly score: string; readonly alpha: number },
): GateCheck {
  const { mean, lower, upper, n } = meanOfItems(candidate, score, alpha);
  const passed = kind === "max" ? lower <= limit : upper >= limit;
  const words = passed ? "not clearly beyond" : "clearly beyond";
  const message = `${name}=${round(mean)} is ${words} ${kind} ${limit} (${round(lower)} to ${round(upper)}, ${n} cases)`;
  return { tier: "paid", name, passed, observed: mean, limit, message };
}

function isAbsolute(rule: GateRule): boolean {
  return rule.kind === "max" || rule.kind === "min";
}

/** How much worse the candidate may be, in the score's unit. */
function marginOf(rule: GateRule, { baseline }: ItemComparison): number {
  return "fraction" in rule ? rule.fraction * Math.abs(baseline) : 0;
}

/** The interval of the change in the direction that the rule forbids. */
function worsening(
  { lower, upper }: ItemComparison,
  rule: GateRule,
  lowerIsBetter: boolean,
): { lower: number; upper: number } {
  const upIsWorse = rule.kind === "max_increase" || (rule.kind === "improve" && lowerIsBetter);
  return upIsWorse ? { lower, upper } : { lower: -upper, upper: -lower };
}

/** `+0.030, interval +0.012 to +0.048, 120 matched cases`. */
function differenceWords({ difference, lower, upper, n, paired }: ItemComparison): string {
  return `${signed(difference)}, interval ${signed(lower)} to ${signed(upper)}, ${n} ${paired ? "matched" : "unmatched"} cases`;
}

function signed(value: number): string {
  return value < 0 ? round(value) : `+${round(value)}`;
}

/** Three decimals for scores, fewer for what is large. */
function round(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 3);
}
