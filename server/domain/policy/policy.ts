/**
 * What a policy is once read: durations in milliseconds, shares 0–1, every default filled in. How the file is written
 * and checked is in `policy-document.ts`.
 */
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import type { Issue } from "@/server/domain/errors";
import { invalidInput } from "@/server/domain/errors";
import { sha256Hex } from "@/server/domain/hash";
import type { PolicyName } from "@/server/domain/ids";
import { jsonPointer, parseInput } from "@/server/domain/input";
import type { Metric } from "@/server/domain/metric/metric";
import { parseMetric } from "@/server/domain/metric/metric";
import type { ThresholdAction } from "@/server/domain/vocabulary";
import { parseDuration } from "./duration";
import type { EvidenceMode, GateDocument, StepDocument, ThresholdDocument } from "./policy-document";
import { PolicyDocument, parseShare } from "./policy-document";

/** A limit: absolute in the metric's unit (0–1 for rates), or a fraction of the concurrent control's value. */
export type Bound =
  | { readonly kind: "max" | "min"; readonly limit: number }
  | { readonly kind: "max_increase" | "max_decrease"; readonly fraction: number };

/** One limit on one metric. A document's entry with both `min` and `max` becomes two thresholds. */
export interface Threshold {
  /** `p95_ttft_ms:max`: unique within the policy. */
  readonly id: string;
  /** The metric's name as written, e.g. `p95_ttft_ms`. */
  readonly name: string;
  readonly metric: Metric;
  readonly bound: Bound;
  readonly windowMs: number;
  /** Windows in a row that must break the limit; used by `evidence: window`. */
  readonly consecutive: number;
  /** Requests (or scores) that a window needs before it is judged, and a step before it can end. */
  readonly minRequests: number;
  readonly action: ThresholdAction;
  /** Attributes per whose values the threshold holds too; the policy's own where the entry names none. */
  readonly segments: readonly string[];
  /** Evaluated and shown, but decides nothing. */
  readonly dryRun: boolean;
  /** `none`: an absolute limit acts without proof that the candidate is worse than the control. */
  readonly attribution: "control" | "none";
  /** This threshold's own false-alarm budget; else its part of the policy's. */
  readonly alpha?: number;
}

/** One rule on one golden-set result; `fraction`s are of the baseline's value. */
export type GateRule =
  | { readonly kind: "improve" }
  | { readonly kind: "max" | "min"; readonly limit: number }
  | { readonly kind: "max_increase" | "max_decrease"; readonly fraction: number };

/** All rules on one golden-set result, e.g. `tokens`. */
export interface Gate {
  readonly name: string;
  readonly rules: readonly GateRule[];
}

/** Shares are 0–1. A step ends when its time has passed and its evidence is in. */
export type Step =
  | {
      readonly kind: "shadow" | "canary";
      readonly share: number;
      readonly minDurationMs: number;
      readonly minRequests: number;
    }
  | {
      readonly kind: "approval";
      readonly required: number;
      /** The rollout ends when nobody let it through for this long; absent: it waits as long as it takes. */
      readonly expiresMs?: number;
    }
  | { readonly kind: "soak"; readonly durationMs: number; readonly holdback: number; readonly minRequests: number };

/** A read policy. */
export interface Policy {
  readonly name: PolicyName;
  /** Windows that end within this time of now are provisional. */
  readonly settleMs: number;
  /** Evidence of the candidate's first moments that is not used, with `evidence: confident`. */
  readonly warmupMs: number;
  readonly evidence: EvidenceMode;
  /** False-alarm budget of one rollout, all its rollback thresholds together. */
  readonly alpha: number;
  readonly thresholds: readonly Threshold[];
  readonly segments: readonly string[];
  readonly gates: readonly Gate[];
  readonly steps: readonly Step[];
  /** Whether the candidate's author or the rollout's starter may approve it. */
  readonly allowSelfApproval: boolean;
}

/**
 * A share of 0–1 as the percentage that assignment takes, free of binary dust: 0.07 is 7, not 7.000000000000001, which
 * would put bucket 7 with the candidate.
 */
export function percentageOf(share: number): number {
  return Math.round(share * 1e8) / 1e6;
}

/**
 * Reads a policy file's content (parsed YAML or JSON).
 *
 * @param givenName the name under which it is put; the file may leave its own out, but not contradict.
 * @throws DomainError `invalid_input` with every complaint and its JSON pointer.
 */
export function parsePolicy(document: unknown, givenName?: PolicyName): Policy {
  const file = parseInput(PolicyDocument, document, "the policy");
  const name = givenName ?? file.name;
  const issues = [...nameIssues(file.name, givenName), ...orderIssues(file.steps)];
  const [first] = issues;
  if (first !== undefined || name === undefined) {
    throw invalidInput(`the policy is not valid: ${first?.pointer ?? ""}: ${first?.message ?? ""}`, issues);
  }
  return {
    name,
    settleMs: durationMs(file.settle),
    warmupMs: durationMs(file.warmup),
    evidence: file.evidence,
    alpha: file.alpha,
    thresholds: Object.entries(file.thresholds).flatMap(([metric, entry]) =>
      thresholdsOf(metric, entry, file.segments),
    ),
    segments: file.segments,
    gates: Object.entries(file.gates).map(([result, entry]) => ({ name: result, rules: gateRules(entry) })),
    steps: file.steps.flatMap(stepsOf),
    allowSelfApproval: file.allow_self_approval,
  };
}

/**
 * SHA-256 of the document's canonical text: the same content, in whatever order and with whatever comments, is the same
 * version of the policy.
 */
export function policyDigest(document: unknown): string {
  // A policy document is parsed YAML or JSON, which is what a canonical value is.
  return sha256Hex(canonicalText(document as CanonicalValue));
}

/** Rules on golden-set results, as a policy's `gates` has them. */
export function gateRules(entry: GateDocument): GateRule[] {
  const rules: GateRule[] = [];
  if (entry.improve === true) rules.push({ kind: "improve" });
  for (const kind of ["max", "min"] as const) {
    const limit = entry[kind];
    if (limit !== undefined) rules.push({ kind, limit });
  }
  for (const kind of ["max_increase", "max_decrease"] as const) {
    const fraction = entry[kind];
    if (fraction !== undefined) rules.push({ kind, fraction });
  }
  return rules;
}

function thresholdsOf(name: string, entry: ThresholdDocument, segments: readonly string[]): Threshold[] {
  const metric = parseMetric(name);
  if (metric === undefined) return [];
  return boundsOf(entry).map((bound) => ({
    id: `${name}:${bound.kind}`,
    name,
    metric,
    bound,
    windowMs: durationMs(entry.window),
    consecutive: entry.consecutive,
    // A window without a single request has no value to judge, so 0 means 1.
    minRequests: Math.max(1, entry.min_requests),
    action: entry.action,
    segments: entry.segments ?? segments,
    dryRun: entry.dry_run,
    attribution: entry.attribution,
    ...(entry.alpha === undefined ? {} : { alpha: entry.alpha }),
  }));
}

function boundsOf(entry: ThresholdDocument): Bound[] {
  return gateRules({
    max: entry.max,
    min: entry.min,
    max_increase: entry.max_increase,
    max_decrease: entry.max_decrease,
  }).filter((rule): rule is Bound => rule.kind !== "improve");
}

/** One written step; `requires_approval` puts an approval of one person before it. */
function stepsOf(entry: StepDocument): Step[] {
  if ("approval" in entry) {
    const { required, expires } = entry.approval;
    return [{ kind: "approval", required, ...(expires === undefined ? {} : { expiresMs: durationMs(expires) }) }];
  }
  const approval: Step[] = entry.requires_approval ? [{ kind: "approval", required: 1 }] : [];
  const minRequests = entry.min_requests;
  if ("soak" in entry) {
    return [
      ...approval,
      { kind: "soak", durationMs: durationMs(entry.soak), holdback: share(entry.holdback), minRequests },
    ];
  }
  const minDurationMs = durationMs(entry.min_duration);
  return "shadow" in entry
    ? [...approval, { kind: "shadow", share: share(entry.shadow), minDurationMs, minRequests }]
    : [...approval, { kind: "canary", share: share(entry.canary), minDurationMs, minRequests }];
}

function nameIssues(own: PolicyName | undefined, given: PolicyName | undefined): Issue[] {
  if (own === undefined && given === undefined)
    return [{ pointer: "/name", message: "a policy needs a name, e.g. default" }];
  if (own === undefined || given === undefined || own === given) return [];
  return [{ pointer: "/name", message: `is ${own}, but the policy is put under ${given}` }];
}

const STEP_ORDER = { shadow: 0, canary: 1, soak: 2 } as const;

/** Traffic only ever grows: shadow, then canary shares that never shrink, then one soak; approvals anywhere. */
function orderIssues(entries: readonly StepDocument[]): Issue[] {
  const issues: Issue[] = [];
  let reached: keyof typeof STEP_ORDER = "shadow";
  let largest = 0;
  for (const [index, entry] of entries.entries()) {
    if ("approval" in entry) continue;
    const kind = "shadow" in entry ? "shadow" : "canary" in entry ? "canary" : "soak";
    const complain = (message: string): number =>
      issues.push({ pointer: jsonPointer(["steps", index, kind]), message });
    if (STEP_ORDER[kind] < STEP_ORDER[reached]) complain(`${kind} cannot come after ${reached}`);
    else if (kind === "soak" && reached === "soak") complain("there can be only one soak, the last step that serves");
    reached = kind;
    if (!("canary" in entry)) continue;
    const now = share(entry.canary);
    if (now === 0) complain("must be above 0%");
    if (now < largest) complain(`must not shrink: an earlier canary step already serves ${percentageOf(largest)}%`);
    largest = Math.max(largest, now);
  }
  return issues;
}

/** For text that the document's schema has accepted. */
function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw invalidInput(`${text} is not a duration`);
  return ms;
}

/** For a percentage that the document's schema has accepted. */
function share(value: string | number): number {
  const parsed = parseShare(value);
  if (parsed === undefined) throw invalidInput(`${value} is not a percentage`);
  return parsed;
}
