/**
 * One tick of the controller: under the lease, evaluates every live rollout that has newly settled data and hands the
 * result to the verb that acts on it. Holds no state of its own: what it must remember is in the control database.
 */
import type { Logger } from "pino";
import { storedViolations } from "@/server/control/approval-core";
import { advanceRollout } from "@/server/control/advance-rollout";
import type { CheckpointKey } from "@/server/control/checkpoint-key";
import {
  recordEvaluation,
  type RecordEvaluationInput,
  type RecordEvaluationOutput,
} from "@/server/control/record-evaluation";
import { signCheckpoint } from "@/server/control/sign-checkpoint";
import { policyOf } from "@/server/control/rollout-core";
import { judgeGates } from "@/server/control/rollout-progress";
import { STAT_VERSION } from "@/server/domain/evidence/constants";
import { evidenceRuleId } from "@/server/domain/policy/judge-evidence";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf } from "@/server/domain/rollout/steps";
import { withTransaction, type ControlDatabase } from "@/server/store/control/database";
import {
  carriedState,
  findEvidenceState,
  findNewestEvaluation,
  type EvaluationRow,
} from "@/server/store/control/evaluations";
import { acquireLease } from "@/server/store/control/leases";
import { findRelease } from "@/server/store/control/releases";
import { listLiveRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { compactEvaluation } from "./compact-evaluation";
import { comparisonOf } from "./comparison";
import { controllerContext } from "./controller-context";
import { watchDrains } from "./drain-watch";
import { evaluateRollout, evaluationInstant, type RolloutEvaluation, type RolloutSituation } from "./evaluate-rollout";
import { onsetOf } from "./onset";
import { scoreJudges } from "./score-judges";
import { checkTraffic, type TrafficCheck } from "./traffic-check";

export interface ControllerDeps {
  control: ControlDatabase;
  telemetry: TelemetryReader;
  log: Logger;
  /** Unique per process, for the lease. */
  holder: string;
  /** Signs audit checkpoints; without it none are made. */
  checkpoints?: { key: CheckpointKey; origin: string };
  /** Version of the code that decides; stored with every evaluation. */
  codeVersion: string;
  /** Epoch ms; only for the lease, which is about real time. Decisions use the tick's own time. */
  clock: () => number;
}

export const CONTROLLER_LEASE = "controller";
/** A controller that died gives way after this long. */
const LEASE_TTL_MS = 15_000;
/** Rollouts whose evaluations share a transaction. */
const TOGETHER = 50;

/** What a tick did, for the log and the metrics. */
export interface TickReport {
  /** Another controller holds the lease. */
  standby: boolean;
  evaluated: number;
  failed: number;
  outcomes: RecordEvaluationOutput["outcome"][];
}

/** Runs one tick. A rollout that cannot be evaluated is logged and does not keep the others from their turn. */
export function runTick(deps: ControllerDeps, nowMs: number): TickReport {
  const { control, holder } = deps;
  if (!acquireLease(control, { name: CONTROLLER_LEASE, holder, nowMs, ttlMs: LEASE_TTL_MS })) {
    return { standby: true, evaluated: 0, failed: 0, outcomes: [] };
  }
  const report: TickReport = { standby: false, evaluated: 0, failed: 0, outcomes: [] };
  settleGates(deps, { report, nowMs });
  const live = listLiveRollouts(control);
  for (let from = 0; from < live.length; from += TOGETHER) {
    const due = live
      .slice(from, from + TOGETHER)
      .flatMap((rollout) => guarded(deps, { report, rollout }, () => evaluateDue(deps, rollout, nowMs)));
    keepTogether(deps, { report, due, nowMs });
    // A tick over very many rollouts must not lose the lease on its way.
    acquireLease(control, { name: CONTROLLER_LEASE, holder, nowMs: deps.clock(), ttlMs: LEASE_TTL_MS });
  }
  watchDrains(deps, nowMs);
  keepCheckpoints(deps, nowMs);
  return report;
}

/** What rollouts at their gates wait for may have come by any way: a fingerprint, a registry's version, a cleared mark. */
function settleGates(deps: ControllerDeps, { report, nowMs }: { report: TickReport; nowMs: number }): void {
  const { control, log } = deps;
  for (const rollout of listLiveRollouts(control).filter(({ state }) => state === "gating")) {
    guarded(deps, { report, rollout }, () => {
      const candidate = findRelease(control, { application: rollout.application, releaseId: rollout.candidateId });
      if (candidate === undefined) return [];
      const { moves, reason } = judgeGates(control, { rollout, policy: policyOf(control, rollout), candidate });
      if (moves.length === 0) return [];
      const { state } = advanceRollout(controllerContext(control, nowMs), { rolloutId: rollout.id, reason });
      log.info({ rolloutId: rollout.id, state, reason }, "the rollout left its gates");
      return [];
    });
  }
}

/** A broken log is shouted about at every tick: somebody changed what can never change. */
function keepCheckpoints({ control, checkpoints, log }: ControllerDeps, nowMs: number): void {
  if (checkpoints === undefined) return;
  try {
    const result = signCheckpoint(control, { ...checkpoints, nowMs });
    if (result.outcome === "broken") log.error(result, "the audit log does not continue its last checkpoint");
  } catch (error) {
    log.error({ err: error }, "the audit checkpoint could not be signed");
  }
}

/** A rollout that was evaluated, and what is to be kept of it. */
interface DueEvaluation {
  rollout: RolloutRow;
  changed: boolean;
  input: RecordEvaluationInput;
}

/**
 * A changed decision is kept at once: it may move an alias. The many that go on share a transaction, and with it one
 * wait for the disk; each is a savepoint, so that one that fails takes no other with it.
 */
function keepTogether(
  deps: ControllerDeps,
  { report, due, nowMs }: { report: TickReport; due: readonly DueEvaluation[]; nowMs: number },
): void {
  const keep = ({ rollout, input }: DueEvaluation): void => {
    for (const outcome of guarded(deps, { report, rollout }, () => [
      recordEvaluation(controllerContext(deps.control, nowMs), input).outcome,
    ])) {
      report.evaluated += 1;
      report.outcomes.push(outcome);
      if (outcome !== "kept")
        deps.log.info({ rolloutId: rollout.id, outcome, sentence: input.evaluation.sentence }, "the rollout changed");
    }
  };
  for (const one of due) if (one.changed) keep(one);
  const going = due.filter((one) => !one.changed);
  if (going.length > 0) withTransaction(deps.control, () => going.forEach(keep));
}

/** Runs the work for one rollout; a failure is counted and logged and does not reach the others. */
function guarded<T>(
  { log }: ControllerDeps,
  { report, rollout }: { report: TickReport; rollout: RolloutRow },
  work: () => T[],
): T[] {
  try {
    return work();
  } catch (error) {
    report.failed += 1;
    log.error({ err: error, rolloutId: rollout.id }, "the rollout could not be evaluated");
    return [];
  }
}

/** Nothing when there is nothing new to decide on. */
function evaluateDue(deps: ControllerDeps, rollout: RolloutRow, nowMs: number): DueEvaluation[] {
  const { control, telemetry, codeVersion } = deps;
  const policy = policyOf(control, rollout);
  const previous = findNewestEvaluation(control, { rolloutId: rollout.id });
  if (previous !== undefined && evaluationInstant(policy, nowMs) <= previous.atMs) return [];
  const situation = situationOf(deps, { rollout, policy, previous, nowMs });
  if (situation === undefined) return [];
  const evaluated = evaluateRollout(telemetry, situation, nowMs);
  const changed = previous?.decision !== evaluated.evaluation.decision || evaluated.evaluation.stepComplete;
  const input: RecordEvaluationInput = {
    rolloutId: rollout.id,
    expectedRevision: rollout.revision,
    atMs: evaluated.atMs,
    evaluation: changed ? evaluated.evaluation : compactEvaluation(evaluated.evaluation),
    codeVersion,
    ...(changed ? startOf(telemetry, { evaluated, policy, situation }) : {}),
    evidence: {
      consumedToMs: evaluated.atMs,
      statVersion: STAT_VERSION,
      state: {
        evidence: evaluated.evidence ?? null,
        latest: evaluated.evaluation,
        split: situation.traffic?.split ?? null,
      },
    },
  };
  return [{ rollout, changed, input }];
}

function situationOf(
  { control, telemetry }: ControllerDeps,
  {
    rollout,
    policy,
    previous,
    nowMs,
  }: { rollout: RolloutRow; policy: Policy; previous: EvaluationRow | undefined; nowMs: number },
): (RolloutSituation & { traffic?: TrafficCheck }) | undefined {
  const position = { state: rollout.state, pausedFrom: rollout.pausedFrom, stepIndex: rollout.stepIndex };
  const { track } = exposureOf(policy, position);
  if (track === "none") return undefined;
  const carried = carriedState(findEvidenceState(control, rollout.id));
  const place = {
    comparison: comparisonOf({ control, telemetry }, { rollout, policy, track }),
    policy,
    position,
    stepStartedMs: rollout.stepStartedAtMs,
  };
  return {
    ...place,
    judges: scoreJudges({ control, telemetry }, { policy, comparison: place.comparison, nowMs }),
    policyVersion: rollout.policyVersion,
    previousEvidence: carried?.evidence,
    acknowledged: acknowledgedBy(rollout, previous),
    // `evidence: window` decides on sustained window values alone.
    ...(policy.evidence === "window"
      ? {}
      : { traffic: checkTraffic(telemetry, { ...place, previousSplit: carried?.split, nowMs }) }),
  };
}

/** A pause that a person has lifted: the limits that were broken then are known and accepted. */
function acknowledgedBy(rollout: RolloutRow, previous: EvaluationRow | undefined): string[] {
  if (rollout.state === "paused" || previous?.decision !== "pause_for_review") return [];
  return storedViolations(previous).flatMap(({ metric, segment }) =>
    ["max", "min", "max_increase", "max_decrease"].map((kind) => evidenceRuleId(`${metric}:${kind}`, segment)),
  );
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
  return violations.find((violation) => violation.action === "rollback") ?? violations[0];
}
