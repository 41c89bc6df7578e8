/**
 * `evidence: confident`: from what each rule's evidence process reads now to findings and a decision. The window values
 * are shown beside the evidence and decide nothing here.
 */
import { AA_ALARM_M } from "@/server/domain/evidence/constants";
import { decideFromEvidence, type EvidenceDecision, type JudgedRule } from "@/server/domain/evidence/decide";
import { regressedRules } from "@/server/domain/evidence/family";
import type { RuleReading } from "@/server/domain/evidence/rule-reading";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import type { ThresholdAction } from "@/server/domain/vocabulary";
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
  /** Evidence that the control's own two halves differ in what the rule compares; undefined where it compares nothing. */
  readonly halvesM?: number | undefined;
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
        incomparable: decidedAction(rule) !== rule.windows.threshold.action || controlDisagrees(rule),
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
  });
  const regressed = regressedOf(judged);
  return {
    findings: situation.rules.map((rule) => findingOf(rule, { controlExists, regressed })),
    violations: violationsOf(situation.rules, verdict),
    holds: [
      ...(situation.splitMismatch === undefined ? [] : [situation.splitMismatch]),
      ...telemetryErrors,
      ...disagreements(situation.rules),
    ],
    ...askedFor(verdict),
  };
}

/** False discoveries among the rules that are said to have regressed, at most. */
const FALSE_DISCOVERIES = 0.05;

/** Which of all rules and segments regressed: a list of many tests, held to its share of false discoveries. */
function regressedOf(judged: readonly JudgedRule[]): ReadonlySet<string> {
  const rules = judged.map(({ reading: { ruleId, m } }) => ({ ruleId, m }));
  const elapsedSec = Math.max(0, ...judged.map(({ reading }) => reading.elapsedSec));
  return new Set(regressedRules({ rules, elapsedSec, q: FALSE_DISCOVERIES }));
}

/** The arms' judges differ or drift: what the evidence says of the score is about them, not about the release. */
function isIncomparable({ windows }: EvidenceRule): boolean {
  return windows.judges?.incomparable !== undefined;
}

/** Two halves of the control differ: the rule sees differences that no release makes. */
function controlDisagrees({ halvesM }: EvidenceRule): boolean {
  return halvesM !== undefined && halvesM >= AA_ALARM_M;
}

/** A comparison that cannot be trusted may stop the ramp, not roll back. */
function decidedAction(rule: EvidenceRule): ThresholdAction {
  const action = actionOf(rule.windows);
  return action === "rollback" && controlDisagrees(rule) ? "pause_for_review" : action;
}

/** No step ends while a rule over all traffic cannot be trusted. */
function disagreements(rules: readonly EvidenceRule[]): string[] {
  return rules
    .filter((rule) => rule.windows.segment === undefined && !rule.windows.threshold.dryRun && controlDisagrees(rule))
    .map(({ windows }) => `the control to agree with itself on ${windows.threshold.name}`);
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

/**
 * The rules that decided, and the broken limits that people only want to hear of. A `hold` names rules too, but those are
 * silent or cannot be compared, which breaks no limit.
 */
function violationsOf(rules: readonly EvidenceRule[], { decision, ruleIds }: EvidenceDecision): EvaluationViolation[] {
  const decided = new Set(decision === "continue" ? [] : ruleIds);
  return rules.flatMap((rule) => {
    if (rule.reading === undefined || !(decided.has(rule.reading.ruleId) || isBrokenNotice(rule))) return [];
    return [violationOf(rule, rule.reading)];
  });
}

/** While the evidence stands: a breach that is over needs nobody's ear, and one that comes again is told again. */
function isBrokenNotice(rule: EvidenceRule): boolean {
  const { action, dryRun } = rule.windows.threshold;
  if (action !== "notify" || dryRun || isIncomparable(rule) || controlDisagrees(rule)) return false;
  return rule.reading?.status === "breach" && rule.reading.breaching && !rule.tooFewSubjects;
}

/** In the window's words while the window is beyond the limit, else in the evidence's. */
function violationOf(rule: EvidenceRule, reading: RuleReading): EvaluationViolation {
  const { windows } = rule;
  const action = decidedAction(rule);
  const violation = newestViolation(windows);
  if (violation !== undefined) return { ...toEvaluationViolation(violation), action };
  const { threshold, segment } = windows;
  const { bound } = threshold;
  const limit = "limit" in bound ? bound.limit : bound.fraction;
  const where = segment === undefined ? "" : ` in ${segment}`;
  return {
    action,
    metric: threshold.name,
    ...(segment === undefined ? {} : { segment }),
    observed: newest(windows.candidate).value ?? limit,
    threshold: limit,
    window: formatDuration(threshold.windowMs),
    message: `${threshold.name} broke ${bound.kind} ${limit}${where}: ${reading.events} of ${reading.n} since the start, evidence ${odds(reading.m)}`,
  };
}

function findingOf(
  rule: EvidenceRule,
  { controlExists, regressed }: { controlExists: boolean; regressed: ReadonlySet<string> },
): Finding {
  const { windows, reading } = rule;
  const { threshold, segment } = windows;
  const verdict = verdictOf(rule, controlExists);
  const finding: Finding = {
    rule: threshold.id,
    metric: threshold.name,
    action: threshold.action,
    dryRun: threshold.dryRun,
    verdict,
    candidate: newest(windows.candidate),
    control: newest(windows.control),
    breaching: reading?.breaching === true ? 1 : 0,
    required: 1,
    needed: verdict === "collecting" ? threshold.minRequests : null,
    detail: withDemotion(detailOf(rule, verdict), windows),
  };
  // Set afterwards: it is made for every rule and segment at every tick, and spreading costs more than all the rest.
  if (segment !== undefined) finding.segment = segment;
  if (reading !== undefined) finding.evidence = evidenceOf(reading, regressed);
  if (isUnfit(rule, verdict)) finding.unfit = true;
  return finding;
}

function evidenceOf(reading: RuleReading, regressed: ReadonlySet<string>): NonNullable<Finding["evidence"]> {
  const { log10M, threshold, proven, n } = reading;
  const more = reading.moreNeeded ?? null;
  return {
    log10: log10M,
    decidesAt: Math.log10(threshold),
    proven,
    n,
    more,
    etaMs: more === null ? null : etaMs(reading, more),
    ...(regressed.has(reading.ruleId) ? { regressed: true } : {}),
  };
}

/** How long `more` observations take at the rate of the evidence so far; null before the first. */
function etaMs({ n, elapsedSec }: RuleReading, more: number): number | null {
  return n === 0 || elapsedSec === 0 ? null : Math.ceil((more * elapsedSec * 1_000) / n);
}

function verdictOf(rule: EvidenceRule, controlExists: boolean): Finding["verdict"] {
  const { windows, reading, tooFewSubjects } = rule;
  if (reading === undefined || windows.unmeasured !== undefined) return "not_comparable";
  if (reading.n === 0) return "no_data";
  if (isIncomparable(rule)) return "not_comparable";
  if (reading.status === "breach" && controlDisagrees(rule)) return "not_comparable";
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
      return `${reading.n} of ${windows.threshold.minRequests} requests since the start${inTime(reading, windows.threshold.minRequests - reading.n)}`;
    case "not_comparable":
      return windows.unmeasured ?? windows.judges?.incomparable ?? incomparableWords(rule);
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
      return `${windowWords(windows)}, ${reading.proven ? "shown to be within the limit" : unprovenWords(reading)}`;
  }
}

function incomparableWords(rule: EvidenceRule): string {
  if (!controlDisagrees(rule)) return "no control to compare with";
  const halves = odds(rule.halvesM ?? 0);
  return `${windowWords(rule.windows)}, but the control disagrees with itself: its two halves differ as well, evidence ${halves}`;
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

/** Not broken, and not shown to be kept either: how much that is likely to take. */
function unprovenWords(reading: RuleReading): string {
  const { n, moreNeeded: more } = reading;
  if (more === undefined || more === 0) return evidenceWords(reading);
  return `not enough evidence either way: ${n} of about ${n + more} requests${inTime(reading, more)}`;
}

/** `, about 12m to go at this rate`. */
function inTime(reading: RuleReading, more: number): string {
  const ms = etaMs(reading, more);
  if (ms === null) return "";
  const unit = ms < 60_000 ? 1_000 : ms < 3_600_000 ? 60_000 : 3_600_000;
  return `, about ${formatDuration(Math.ceil(ms / unit) * unit)} to go at this rate`;
}

/** `250:1`; below 1 the evidence speaks for the candidate and is shown as such. */
function odds(m: number): string {
  if (m < 1) return "below 1:1";
  return m >= 1e6 ? `over ${wholeWords(1e6)}:1` : `${wholeWords(m)}:1`;
}
