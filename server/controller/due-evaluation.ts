/**
 * What a tick does with one rollout: nothing while there is no new data, else an evaluation, and what is to be kept of
 * it. It changes nothing but the memory's view of the databases.
 */
import { storedViolations } from "@/server/control/approval-core";
import type { RecordEvaluationInput } from "@/server/control/record-evaluation";
import { policyOf } from "@/server/control/rollout-core";
import { STAT_VERSION } from "@/server/domain/evidence/constants";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { evidenceRuleId } from "@/server/domain/policy/judge-evidence";
import type { Policy } from "@/server/domain/policy/policy";
import { violationKeys } from "@/server/domain/rollout/approval";
import { exposureOf } from "@/server/domain/rollout/steps";
import type { ControlDatabase } from "@/server/store/control/database";
import { evaluationLog } from "@/server/store/control/evaluation-log";
import { carriedState, findEvaluation, findEvidenceState, type CarriedState } from "@/server/store/control/evaluations";
import type { RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { compactEvaluation } from "./compact-evaluation";
import { comparisonOf, rolloutHistory, type RolloutHistory } from "./comparison";
import type { ControllerMemory, NewestEvaluation, Outlook, RememberedRollout } from "./controller-memory";
import { packEvidence, readEvidence, unpackEvidence, writtenEvidence } from "./evidence-codec";
import { evaluateRollout, evaluationInstant, type RolloutEvaluation, type RolloutSituation } from "./evaluate-rollout";
import { onsetOf } from "./onset";
import { hasGrown, type StoredEvidence } from "./rollout-evidence";
import type { Comparison } from "./rule-windows";
import { scoreJudges } from "./score-judges";
import { checkHealth, checkTraffic } from "./traffic-check";

/** What an evaluation is made from. */
export interface EvaluationDeps {
  readonly control: ControlDatabase;
  readonly telemetry: TelemetryReader;
  readonly memory: ControllerMemory;
  readonly codeVersion: string;
}

/** A rollout that was evaluated, and what is to be kept of it. */
export interface DueEvaluation {
  readonly rollout: RolloutRow;
  /** Something follows from it: another decision, an end of the step, a limit newly broken. */
  readonly changed: boolean;
  /** The evaluation that it follows; undefined for the first. */
  readonly follows: number | undefined;
  readonly input: RecordEvaluationInput;
  /** What the memory will hold once it is kept under an id. */
  readonly remembered: RememberedRollout;
}

/**
 * Evidence is written down at least this often, and judges and the telemetry's health are looked up again: in between it
 * is in memory and in the buckets it was made from, and they are looked up when something would follow from them.
 */
const TURN_MS = 60_000;

/** Evaluates the rollout; undefined when there is nothing new to decide on. */
export function dueEvaluation(deps: EvaluationDeps, rollout: RolloutRow, nowMs: number): DueEvaluation | undefined {
  const { control, memory } = deps;
  const head = evaluationLog(control).newest(rollout.id);
  const known = memory.recall(rollout.id, head?.id) ?? readBack(control, rollout, head?.id);
  memory.remember(rollout.id, known);
  const { policy, newest } = known;
  const instantMs = evaluationInstant(policy, nowMs);
  if (newest !== undefined && instantMs <= newest.atMs) return undefined;
  const position = { state: rollout.state, pausedFrom: rollout.pausedFrom, stepIndex: rollout.stepIndex };
  const { track } = exposureOf(policy, position);
  if (track === "none") return undefined;
  const history =
    known.history?.revision === rollout.revision ? known.history : rolloutHistory(control, { rollout, track });
  const evaluated = evaluateNow(deps, { rollout, known, history, nowMs });
  // A person decided after what the data say: they are about a state that is over.
  if (history.handledAtMs > evaluated.evaluated.atMs) return undefined;
  return toKeep(deps, { rollout, known, history, ...evaluated });
}

/** Reads what an earlier tick, or another controller, has written. */
function readBack(control: ControlDatabase, rollout: RolloutRow, newestId: number | undefined): RememberedRollout {
  const row = newestId === undefined ? undefined : findEvaluation(control, newestId);
  const carried = carriedState(findEvidenceState(control, rollout.id));
  return {
    policy: policyOf(control, rollout),
    newest:
      row === undefined
        ? undefined
        : { id: row.id, atMs: row.atMs, decision: row.decision, violations: storedViolations(row) },
    evidence: readEvidence(carried?.evidence),
    split: carried?.split,
    // Unknown, so that it is written down soon.
    writtenAtMs: 0,
    configs: new Map(),
    history: undefined,
    outlook: undefined,
  };
}

interface Known {
  readonly rollout: RolloutRow;
  readonly known: RememberedRollout;
  readonly history: RolloutHistory;
}

interface Evaluated {
  readonly evaluated: RolloutEvaluation;
  readonly situation: RolloutSituation;
  readonly split: unknown;
  readonly outlook: Outlook;
}

function evaluateNow(deps: EvaluationDeps, given: Known & { nowMs: number }): Evaluated {
  const { rollout, known, history, nowMs } = given;
  const { policy, newest } = known;
  const comparison = comparisonOf(deps.telemetry, { rollout, policy, history });
  const look = (): Outlook => lookAround(deps, { policy, comparison, nowMs });
  const isRecent = known.outlook !== undefined && !isTurn(rollout, { nowMs, sinceMs: known.outlook.readMs });
  const recent = isRecent ? known.outlook : undefined;
  const first = evaluateWith(deps, { ...given, comparison, outlook: recent ?? look() });
  const settled = recent === undefined || !dependsOnOutlook(first.evaluated.evaluation, { policy, newest });
  return settled ? first : evaluateWith(deps, { ...given, comparison, outlook: look() });
}

function lookAround(
  { control, telemetry }: EvaluationDeps,
  given: { policy: Policy; comparison: Comparison; nowMs: number },
): Outlook {
  const isWindow = given.policy.evidence === "window";
  return {
    readMs: given.nowMs,
    judges: scoreJudges({ control, telemetry }, given),
    health: isWindow ? { telemetryErrors: [], unfit: new Map() } : checkHealth(telemetry, given),
  };
}

function evaluateWith(
  { telemetry }: EvaluationDeps,
  { rollout, known, nowMs, comparison, outlook }: Known & { nowMs: number; comparison: Comparison; outlook: Outlook },
): Evaluated {
  const { policy, newest } = known;
  const place = {
    comparison,
    policy,
    position: { state: rollout.state, pausedFrom: rollout.pausedFrom, stepIndex: rollout.stepIndex },
    stepStartedMs: rollout.stepStartedAtMs,
  };
  // `evidence: window` decides on sustained window values alone.
  const traffic =
    policy.evidence === "window"
      ? undefined
      : checkTraffic(telemetry, { ...place, previousSplit: known.split, health: outlook.health, nowMs });
  const situation = {
    ...place,
    policyVersion: rollout.policyVersion,
    previousEvidence: known.evidence === undefined ? undefined : unpackEvidence(known.evidence),
    acknowledged: acknowledgedBy(rollout, newest),
    configs: known.configs,
    judges: outlook.judges,
    ...(traffic === undefined ? {} : { traffic }),
  };
  return { evaluated: evaluateRollout(telemetry, situation, nowMs), situation, split: traffic?.split, outlook };
}

/** Whether something would follow for which judges and telemetry must be those of this moment. */
function dependsOnOutlook(
  evaluation: PolicyEvaluation,
  { policy, newest }: { policy: Policy; newest: NewestEvaluation | undefined },
): boolean {
  if (isChange(evaluation, newest)) return true;
  const scores = new Set(policy.thresholds.filter(({ metric }) => metric.kind === "score").map(({ name }) => name));
  return evaluation.findings.some(
    ({ metric, verdict }) =>
      (verdict === "breach" || verdict === "watch" || verdict === "environment") && scores.has(metric),
  );
}

/** Another decision, an end of the step, or a limit that was not broken before. */
function isChange(evaluation: PolicyEvaluation, newest: NewestEvaluation | undefined): boolean {
  if (newest?.decision !== evaluation.decision || evaluation.stepComplete) return true;
  const before = new Set(violationKeys(newest.violations));
  return violationKeys(evaluation.violations).some((key) => !before.has(key));
}

/** A pause that a person has lifted: the limits that were broken then are known and accepted. */
function acknowledgedBy(rollout: RolloutRow, newest: NewestEvaluation | undefined): string[] {
  if (rollout.state === "paused" || newest?.decision !== "pause_for_review") return [];
  return newest.violations.flatMap(({ metric, segment }) =>
    ["max", "min", "max_increase", "max_decrease"].map((kind) => evidenceRuleId(`${metric}:${kind}`, segment)),
  );
}

function toKeep(
  { telemetry, codeVersion }: EvaluationDeps,
  { rollout, known, history, evaluated, situation, split, outlook }: Known & Evaluated,
): DueEvaluation {
  const { evaluation, atMs, evidence } = evaluated;
  const { newest, policy, configs } = known;
  const changed = isChange(evaluation, newest);
  const packed = evidence === undefined ? undefined : packEvidence(evidence);
  const writeDown =
    changed ||
    isTurn(rollout, { nowMs: atMs, sinceMs: known.writtenAtMs }) ||
    hasGrown(situation.previousEvidence, evidence);
  const state = (): CarriedState => ({
    evidence: packed === undefined ? null : writtenEvidence(packed),
    latest: evaluation,
    split: split ?? null,
  });
  return {
    rollout,
    changed,
    follows: newest?.id,
    input: {
      rolloutId: rollout.id,
      expectedRevision: rollout.revision,
      atMs,
      evaluation: changed ? evaluation : compactEvaluation(evaluation),
      codeVersion,
      ...(changed ? startOf(telemetry, { evaluated, policy, situation }) : {}),
      ...(writeDown ? { evidence: { consumedToMs: atMs, statVersion: STAT_VERSION, state: state() } } : {}),
      ...(writeDown && evidence !== undefined && evidence.halves.runs > 0 ? { calibration: countsOf(evidence) } : {}),
    },
    remembered: {
      policy,
      newest,
      evidence: packed,
      split,
      configs,
      history,
      outlook,
      writtenAtMs: writeDown ? atMs : known.writtenAtMs,
    },
  };
}

/** What the control's comparison with itself adds to the policy's measured false alarms. */
function countsOf({ halves }: StoredEvidence): { runs: number; elapsedSec: number; alarms: number } {
  const { runs, elapsedSec, alarms } = halves;
  return { runs, elapsedSec, alarms };
}

/** Whether a minute has turned since; rollouts take turns, so that no tick does for all what is done once a minute. */
function isTurn(rollout: RolloutRow, { nowMs, sinceMs }: { nowMs: number; sinceMs: number }): boolean {
  const offsetMs = (rollout.id.charCodeAt(rollout.id.length - 1) * 10_000) % TURN_MS;
  const turn = (timeMs: number): number => Math.floor((timeMs + offsetMs) / TURN_MS);
  return turn(nowMs) > turn(sinceMs);
}

/** When the worst of what is broken began, where that can be said. */
function startOf(
  telemetry: TelemetryReader,
  { evaluated, policy, situation }: { evaluated: RolloutEvaluation; policy: Policy; situation: RolloutSituation },
): { startedAtMs?: number } {
  const { evaluation, atMs } = evaluated;
  const violation = worstOf(evaluation);
  if (violation === undefined) return {};
  const startedAtMs = onsetOf(telemetry, { violation, policy, comparison: situation.comparison, atMs });
  return startedAtMs === undefined ? {} : { startedAtMs };
}

function worstOf({ violations }: PolicyEvaluation): PolicyEvaluation["violations"][number] | undefined {
  const of = (wanted: string): (typeof violations)[number] | undefined =>
    violations.find(({ action }) => action === wanted);
  return of("rollback") ?? of("pause_for_review") ?? violations[0];
}
