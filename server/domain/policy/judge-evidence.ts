/**
 * `evidence: confident`: from what each rule's evidence process reads now to findings and a decision. The window values
 * are shown beside the evidence and decide nothing here.
 */
import { decideFromEvidence, type EvidenceDecision, type JudgedRule } from "@/server/domain/evidence/decide";
import type { RuleReading } from "@/server/domain/evidence/rule-reading";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { wholeWords } from "@/server/domain/words/number-words";
import { formatDuration } from "./duration";
import type { Judgement } from "./evaluate-policy";
import { toEvaluationViolation } from "./evaluate-policy";
import { actionOf, isRelative, newest, newestViolation, withDemotion, type RuleWindows } from "./evaluate-windows";
import type { EvaluationViolation, Finding } from "./evaluation";
import { violationWords } from "./violation-words";

/** One rule with its evidence and its windows. */
export interface EvidenceRule {
  readonly windows: RuleWindows;
  /** Undefined for a threshold that evidence cannot test; `untestable` then says why. */
  readonly reading: RuleReading | undefined;
  readonly untestable?: string;
  /** Why its data are not fit to be judged on; undefined where they are. */
  readonly unfit?: string | undefined;
  /** The breach comes from too few subjects: held as suspicion. */
  readonly tooFewSubjects: boolean;
}

export interface EvidenceSituation {
  readonly rules: readonly EvidenceRule[];
  readonly controlExists: boolean;
  /** The candidate's share of traffic, 0–1. */
  readonly candidateShare: number;
  /** Rules (by id and segment) whose breach a person has seen and let pass. */
  readonly acknowledged: ReadonlySet<string>;
  /** What is wrong with how traffic is split, as something that is waited for; undefined when it is as configured. */
  readonly splitMismatch?: string | undefined;
  /** What is wrong with the telemetry itself, likewise. */
  readonly telemetryErrors?: readonly string[] | undefined;
}

/** `p95_ttft_ms:max` or `p95_ttft_ms:max@region=us-west`: the name of a rule's evidence. */
export function evidenceRuleId(thresholdId: string, segment: string | undefined): string {
  return segment === undefined ? thresholdId : `${thresholdId}@${segment}`;
}

/** Findings, violations and what the rules ask for. */
export function judgeEvidence(situation: EvidenceSituation): Judgement {
  const judged = situation.rules.flatMap((rule): JudgedRule[] => {
    const { reading } = rule;
    if (reading === undefined || rule.windows.threshold.dryRun || isIncomparable(rule)) return [];
    return [
      {
        reading: rule.tooFewSubjects ? withoutBreach(reading) : reading,
        required: rule.windows.threshold.action === "rollback" && rule.windows.segment === undefined,
        acknowledged: situation.acknowledged.has(reading.ruleId),
        incomparable: actionOf(rule.windows) !== rule.windows.threshold.action,
      },
    ];
  });
  const { controlExists, candidateShare, telemetryErrors = [] } = situation;
  const verdict = decideFromEvidence({
    rules: judged,
    controlExists,
    candidateShare,
    splitMismatch: situation.splitMismatch !== undefined,
    telemetryErrors: telemetryErrors.length > 0,
    // Promotion is the step's question; see `concludeEvaluation`.
    stepComplete: false,
    overdue: false,
  });
  return {
    findings: situation.rules.map((rule) => findingOf(rule, controlExists)),
    violations: violationsOf(situation.rules, verdict),
    holds: [...(situation.splitMismatch === undefined ? [] : [situation.splitMismatch]), ...telemetryErrors],
    ...askedFor(verdict),
  };
}

/** The arms' judges differ or drift: what the evidence says of the score is about them, not about the release. */
function isIncomparable({ windows }: EvidenceRule): boolean {
  return windows.judges?.incomparable !== undefined;
}

/** Bad events of one or two subjects are suspicion: no breach, and nothing to add to the evidence of all rules together. */
function withoutBreach(reading: RuleReading): RuleReading {
  return { ...reading, status: "watch", breaching: false, breachedAtMs: null, m: 0 };
}

function askedFor({ outcome, reason }: EvidenceDecision): Pick<Judgement, "decision" | "pauseReason"> {
  if (outcome === "rollback") return { decision: "rollback" };
  if (outcome !== "pause_for_review") return { decision: "continue" };
  return {
    decision: "pause_for_review",
    pauseReason: reason === "environment" || reason === "unattributed" ? reason : "quality",
  };
}

function violationsOf(rules: readonly EvidenceRule[], { ruleIds }: EvidenceDecision): EvaluationViolation[] {
  const decided = new Set(ruleIds);
  return rules.flatMap((rule) => {
    if (rule.reading === undefined || !decided.has(rule.reading.ruleId)) return [];
    return [violationOf(rule, rule.reading)];
  });
}

/** In the window's words while the window is beyond the limit, else in the evidence's. */
function violationOf({ windows }: EvidenceRule, reading: RuleReading): EvaluationViolation {
  const violation = newestViolation(windows);
  if (violation !== undefined) return toEvaluationViolation(violation);
  const { threshold, segment } = windows;
  const { bound } = threshold;
  const limit = "limit" in bound ? bound.limit : bound.fraction;
  const where = segment === undefined ? "" : ` in ${segment}`;
  return {
    action: actionOf(windows),
    metric: threshold.name,
    ...(segment === undefined ? {} : { segment }),
    observed: newest(windows.candidate).value ?? limit,
    threshold: limit,
    window: formatDuration(threshold.windowMs),
    message: `${threshold.name} broke ${bound.kind} ${limit}${where}: ${reading.events} of ${reading.n} since the start, evidence ${odds(reading.m)}`,
  };
}

function findingOf(rule: EvidenceRule, controlExists: boolean): Finding {
  const { windows, reading } = rule;
  const { threshold, segment } = windows;
  const verdict = verdictOf(rule, controlExists);
  return {
    rule: threshold.id,
    metric: threshold.name,
    ...(segment === undefined ? {} : { segment }),
    action: threshold.action,
    dryRun: threshold.dryRun,
    verdict,
    candidate: newest(windows.candidate),
    control: newest(windows.control),
    breaching: reading?.breaching === true ? 1 : 0,
    required: 1,
    ...(reading === undefined
      ? {}
      : { evidence: { log10: reading.log10M, decidesAt: Math.log10(reading.threshold), proven: reading.proven } }),
    needed: verdict === "collecting" ? threshold.minRequests : null,
    ...(isUnfit(rule, verdict) ? { unfit: true } : {}),
    detail: withDemotion(detailOf(rule, verdict), windows),
  };
}

function verdictOf(rule: EvidenceRule, controlExists: boolean): Finding["verdict"] {
  const { windows, reading, tooFewSubjects } = rule;
  if (reading === undefined) return "not_comparable";
  if (reading.n === 0) return "no_data";
  if (isIncomparable(rule)) return "not_comparable";
  const verdict = verdictOfReading(reading, { windows, tooFewSubjects, controlExists });
  // A breach stands whatever is wrong with some of the data; that nothing was seen in bad data proves nothing.
  return verdict === "pass" && rule.unfit !== undefined ? "no_data" : verdict;
}

function isUnfit({ unfit, reading }: EvidenceRule, verdict: Finding["verdict"]): boolean {
  return unfit !== undefined && verdict === "no_data" && reading !== undefined && reading.n > 0;
}

function verdictOfReading(
  reading: RuleReading,
  { windows, tooFewSubjects, controlExists }: Omit<EvidenceRule, "reading"> & { readonly controlExists: boolean },
): Finding["verdict"] {
  if (reading.status === "breach" && !tooFewSubjects) return reading.controlReached ? "environment" : "breach";
  if (reading.status === "no_data") return "no_data";
  if (reading.n < windows.threshold.minRequests) return "collecting";
  if (isRelative(windows.threshold) && !controlExists) return "not_comparable";
  return reading.status === "watch" || reading.status === "breach" ? "watch" : "pass";
}

function detailOf(rule: EvidenceRule, verdict: Finding["verdict"]): string {
  const { windows, reading } = rule;
  if (reading === undefined) return rule.untestable ?? "cannot be tested";
  switch (verdict) {
    case "no_data":
      return isUnfit(rule, verdict)
        ? `no data to judge on; waiting for ${rule.unfit ?? ""}`
        : "no data from the candidate";
    case "collecting":
      return `${reading.n} of ${windows.threshold.minRequests} requests since the start`;
    case "not_comparable":
      return windows.judges?.incomparable ?? "no control to compare with";
    case "environment":
      return `${windowWords(windows)}; candidate and control are beyond the limit alike`;
    case "breach": {
      const broken = newestViolation(windows);
      return `${broken === undefined ? windowWords(windows) : violationWords(broken)}, ${evidenceWords(reading)}`;
    }
    case "watch":
      return rule.tooFewSubjects
        ? `${windowWords(windows)}; the bad requests come from fewer than three subjects`
        : `${windowWords(windows)}, ${evidenceWords(reading)}`;
    case "pass":
      return `${windowWords(windows)}, ${reading.proven ? "shown to be within the limit" : evidenceWords(reading)}`;
  }
}

function windowWords({ threshold, candidate }: RuleWindows): string {
  const { value } = newest(candidate);
  const length = formatDuration(threshold.windowMs);
  return value === null
    ? `no value in the last ${length}`
    : `${formatMetricValue(threshold.metric, value)} over ${length}`;
}

function evidenceWords({ m, threshold }: RuleReading): string {
  return `evidence ${odds(m)}, a breach needs ${odds(threshold)}`;
}

/** `250:1`; below 1 the evidence speaks for the candidate and is shown as such. */
function odds(m: number): string {
  if (m < 1) return "below 1:1";
  return m >= 1e6 ? `over ${wholeWords(1e6)}:1` : `${wholeWords(m)}:1`;
}
