/**
 * The decision table of a rollout under confident evidence: one exhaustive pure function from what the rules read now.
 * It neither remembers nor acts; latches live in the rules' states, acknowledgements in the rollout.
 */
import type { Decision } from "@/server/domain/vocabulary";
import type { RuleReading } from "./rule-reading";

/** `hold` is a `continue` that may not become a promotion; what else a promotion needs is the step's question. */
type EvidenceOutcome = "rollback" | "pause_for_review" | "hold" | "continue";

/** Why: the row of the table that decided. */
type EvidenceReason =
  | "attributed_breach"
  | "environment"
  | "unattributed"
  | "quality"
  | "combined_evidence"
  | "split_mismatch"
  | "arms_not_comparable"
  | "no_data"
  | "telemetry_errors"
  | "collecting";

export interface EvidenceDecision {
  /** Row of the table, 1–6. */
  readonly row: 1 | 2 | 3 | 4 | 5 | 6;
  readonly outcome: EvidenceOutcome;
  readonly decision: Decision;
  readonly reason: EvidenceReason;
  /** The rules that decided; empty for the rows that no single rule causes. */
  readonly ruleIds: readonly string[];
}

/** A rule's reading with what the rollout knows about it. */
export interface JudgedRule {
  readonly reading: RuleReading;
  /** A step cannot end while this rule has no data. */
  readonly required: boolean;
  /** A person has seen this rule's breach and lets the rollout go on; a rollback is still made. */
  readonly acknowledged: boolean;
  /** The rule fires between two halves of the control: it may pause, not roll back. */
  readonly incomparable: boolean;
}

export interface DecisionInput {
  readonly rules: readonly JudgedRule[];
  readonly controlExists: boolean;
  /** The candidate's share of traffic, 0–1. */
  readonly candidateShare: number;
  readonly splitMismatch: boolean;
  readonly telemetryErrors: boolean;
}

/** From this share on a breach without a control is rolled back: most users are hit, and nothing is left to compare with. */
const MAX_BLAST_SHARE = 0.5;

/** The first row that applies. */
export function decideFromEvidence(input: DecisionInput): EvidenceDecision {
  return (
    rollbackRow(input) ??
    unattributedRow(input) ??
    pauseRow(input) ??
    holdRow(input) ??
    outcome(6, "continue", "collecting")
  );
}

/** Row 1: limit broken and the release to blame, both in the last bucket: two old latches do not add up. */
function rollbackRow(input: DecisionInput): EvidenceDecision | undefined {
  const guilty = input.rules.filter((rule) => rollsBack(rule) && rule.reading.breaching && isAttributed(rule, input));
  return guilty.length === 0 ? undefined : outcome(1, "rollback", "attributed_breach", guilty);
}

function isAttributed({ reading }: JudgedRule, { controlExists, candidateShare }: DecisionInput): boolean {
  if (reading.attribution !== "twin") return true;
  return controlExists ? reading.twinReached : candidateShare >= MAX_BLAST_SHARE;
}

/** Rows 2 and 3: a broken limit that is everyone's, or that is not (yet) the release's. */
function unattributedRow({ rules }: DecisionInput): EvidenceDecision | undefined {
  const broken = rules.filter((rule) => rollsBack(rule) && isOpenBreach(rule));
  const shared = broken.filter(({ reading }) => reading.controlReached);
  if (shared.length > 0) return outcome(2, "pause_for_review", "environment", shared);
  return broken.length === 0 ? undefined : outcome(3, "pause_for_review", "unattributed", broken);
}

/** Row 4: a breach for people to judge, or evidence that only all rollback rules together have. */
function pauseRow({ rules }: DecisionInput): EvidenceDecision | undefined {
  const broken = rules.filter((rule) => pauses(rule) && isOpenBreach(rule));
  if (broken.length > 0) return outcome(4, "pause_for_review", "quality", broken);
  return combinedEvidence(rules) >= 1 ? outcome(4, "pause_for_review", "combined_evidence") : undefined;
}

/** Row 5: something is wrong with the data, so that silence of the rules proves nothing. */
function holdRow({ rules, splitMismatch, telemetryErrors }: DecisionInput): EvidenceDecision | undefined {
  if (splitMismatch) return outcome(5, "hold", "split_mismatch");
  const incomparable = rules.filter((rule) => rule.incomparable);
  if (incomparable.length > 0) return outcome(5, "hold", "arms_not_comparable", incomparable);
  const silent = rules.filter((rule) => rule.required && rule.reading.status === "no_data");
  if (silent.length > 0) return outcome(5, "hold", "no_data", silent);
  return telemetryErrors ? outcome(5, "hold", "telemetry_errors") : undefined;
}

/** No rule adds more than this to the combined evidence: a single one has its own rows, with its own conditions. */
const MOST_OF_ONE_RULE = 0.5;

/**
 * Σ α_j·M_j over the rollback rules. At 1 or more their weighted average Σ v_j·M_j has reached 1/α: a regression that is
 * spread over several rules, valid under any dependence, without a culprit. Rules with too few bad events or subjects are
 * left out; that, and the cap, only make the sum smaller.
 */
export function combinedEvidence(rules: readonly JudgedRule[]): number {
  const counted = rules.filter((rule) => rollsBack(rule) && !rule.acknowledged && rule.reading.founded);
  return counted.reduce((sum, { reading }) => sum + Math.min(MOST_OF_ONE_RULE, reading.alpha * reading.m), 0);
}

function rollsBack({ reading, incomparable }: JudgedRule): boolean {
  return reading.action === "rollback" && !incomparable;
}

function pauses({ reading, incomparable }: JudgedRule): boolean {
  return reading.action === "pause_for_review" || (reading.action === "rollback" && incomparable);
}

function isOpenBreach({ reading, acknowledged }: JudgedRule): boolean {
  return reading.status === "breach" && !acknowledged;
}

function outcome(
  row: EvidenceDecision["row"],
  what: EvidenceOutcome,
  reason: EvidenceReason,
  rules: readonly JudgedRule[] = [],
): EvidenceDecision {
  const decision = what === "hold" ? "continue" : what;
  return { row, outcome: what, decision, reason, ruleIds: rules.map(({ reading }) => reading.ruleId) };
}
