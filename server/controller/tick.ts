/**
 * One tick of the controller: under the lease, evaluates every live rollout that has newly settled data and hands the
 * result to the verb that acts on it. Holds no state of its own: what it must remember is in the control database.
 */
import type { Logger } from "pino";
import { storedViolations } from "@/server/control/approval-core";
import type { CheckpointKey } from "@/server/control/checkpoint-key";
import { recordEvaluation, type RecordEvaluationOutput } from "@/server/control/record-evaluation";
import { signCheckpoint } from "@/server/control/sign-checkpoint";
import { policyOf } from "@/server/control/rollout-core";
import { STAT_VERSION } from "@/server/domain/evidence/constants";
import { evidenceRuleId } from "@/server/domain/policy/judge-evidence";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf } from "@/server/domain/rollout/steps";
import type { ControlDatabase } from "@/server/store/control/database";
import {
  carriedState,
  findEvidenceState,
  findNewestEvaluation,
  type EvaluationRow,
} from "@/server/store/control/evaluations";
import { acquireLease } from "@/server/store/control/leases";
import { listLiveRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { compactEvaluation } from "./compact-evaluation";
import { comparisonOf } from "./comparison";
import { controllerContext } from "./controller-context";
import { watchDrains } from "./drain-watch";
import { evaluateRollout, type RolloutEvaluation, type RolloutSituation } from "./evaluate-rollout";
import { onsetOf } from "./onset";
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
}

export const CONTROLLER_LEASE = "controller";
/** A controller that died gives way after this long. */
const LEASE_TTL_MS = 15_000;

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
  const { control, holder, log } = deps;
  if (!acquireLease(control, { name: CONTROLLER_LEASE, holder, nowMs, ttlMs: LEASE_TTL_MS })) {
    return { standby: true, evaluated: 0, failed: 0, outcomes: [] };
  }
  const report: TickReport = { standby: false, evaluated: 0, failed: 0, outcomes: [] };
  for (const rollout of listLiveRollouts(control)) {
    try {
      const outcome = tickRollout(deps, rollout, nowMs);
      if (outcome === undefined) continue;
      report.evaluated += 1;
      report.outcomes.push(outcome);
    } catch (error) {
      report.failed += 1;
      log.error({ err: error, rolloutId: rollout.id }, "the rollout could not be evaluated");
    }
  }
  watchDrains(deps, nowMs);
  keepCheckpoints(deps, nowMs);
  return report;
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

/** Undefined when there was nothing new to decide on. */
function tickRollout(
  deps: ControllerDeps,
  rollout: RolloutRow,
  nowMs: number,
): RecordEvaluationOutput["outcome"] | undefined {
  const { control, telemetry, codeVersion, log } = deps;
  const policy = policyOf(control, rollout);
  const previous = findNewestEvaluation(control, { rolloutId: rollout.id });
  const situation = situationOf(deps, { rollout, policy, previous, nowMs });
  if (situation === undefined) return undefined;
  const evaluated = evaluateRollout(telemetry, situation, nowMs);
  if (previous !== undefined && evaluated.atMs <= previous.atMs) return undefined;
  const { evaluation, atMs, evidence } = evaluated;
  const changed = previous?.decision !== evaluation.decision;
  const startedAtMs = changed ? startOf(telemetry, { evaluated, policy, situation }) : undefined;
  const result = recordEvaluation(controllerContext(control, nowMs), {
    rolloutId: rollout.id,
    expectedRevision: rollout.revision,
    atMs,
    evaluation: changed ? evaluation : compactEvaluation(evaluation),
    codeVersion,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    evidence: {
      consumedToMs: atMs,
      statVersion: STAT_VERSION,
      state: { evidence: evidence ?? null, latest: evaluation, split: situation.traffic?.split ?? null },
    },
  });
  if (result.outcome !== "kept") {
    log.info({ rolloutId: rollout.id, outcome: result.outcome, sentence: evaluation.sentence }, "the rollout changed");
  }
  return result.outcome;
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

function startOf(
  telemetry: TelemetryReader,
  { evaluated, policy, situation }: { evaluated: RolloutEvaluation; policy: Policy; situation: RolloutSituation },
): number | undefined {
  const { evaluation, atMs } = evaluated;
  const worst = worstOf(evaluation);
  return worst === undefined
    ? undefined
    : onsetOf(telemetry, { violation: worst, policy, comparison: situation.comparison, atMs });
}

function worstOf({ violations }: PolicyEvaluation): PolicyEvaluation["violations"][number] | undefined {
  return violations.find((violation) => violation.action === "rollback") ?? violations[0];
}
