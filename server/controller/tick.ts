/**
 * One tick of the controller: under the lease, evaluates every live rollout that has newly settled data and hands the
 * result to the verb that acts on it. What it must remember is in the control database; its memory only saves reading.
 */
import type { Logger } from "pino";
import { advanceRollout } from "@/server/control/advance-rollout";
import type { CheckpointKey } from "@/server/control/checkpoint-key";
import { keepRepeated, type RepeatedEvaluation } from "@/server/control/keep-repeated";
import { recordEvaluation, type RecordEvaluationOutput } from "@/server/control/record-evaluation";
import { signCheckpoint } from "@/server/control/sign-checkpoint";
import { policyOf } from "@/server/control/rollout-core";
import { expireApproval } from "@/server/control/expire-approval";
import { judgeGates } from "@/server/control/rollout-progress";
import { approvalExpiryMs } from "@/server/domain/rollout/steps";
import type { ControlDatabase } from "@/server/store/control/database";
import { acquireLease } from "@/server/store/control/leases";
import { findRelease } from "@/server/store/control/releases";
import { findRollout, listLiveRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { controllerContext } from "./controller-context";
import type { ControllerMemory, RememberedRollout } from "./controller-memory";
import { watchDrains } from "./drain-watch";
import { dueEvaluation, type DueEvaluation } from "./due-evaluation";

export interface ControllerDeps {
  control: ControlDatabase;
  telemetry: TelemetryReader;
  /** Of this process alone. */
  memory: ControllerMemory;
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
/** Rollouts that are evaluated on one state of the telemetry, and whose evaluations share a transaction. */
const TOGETHER = 100;

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
  deps.memory.keepOnly(live.map(({ id }) => id));
  for (let from = 0; from < live.length; from += TOGETHER) {
    const batch = live.slice(from, from + TOGETHER);
    const due = readTogether(deps, () =>
      batch.flatMap((rollout) => guarded(deps, { report, rollout }, () => dueEvaluation(deps, rollout, nowMs))),
    );
    keepTogether(deps, { report, due, nowMs });
    // A tick over very many rollouts must not lose the lease on its way.
    acquireLease(control, { name: CONTROLLER_LEASE, holder, nowMs: deps.clock(), ttlMs: LEASE_TTL_MS });
  }
  expireApprovals(deps, { report, live, nowMs });
  watchDrains(deps, nowMs);
  keepCheckpoints(deps, nowMs);
  return report;
}

/** On one state of each database: a read on its own pays for its lock, which costs more than the row. */
function readTogether<T>({ control, telemetry }: ControllerDeps, read: () => T): T {
  return telemetry.snapshot(() => control.transaction(read, { behavior: "deferred" }));
}

/** What rollouts at their gates wait for may have come by any way: a fingerprint, a registry's version, a cleared mark. */
function settleGates(deps: ControllerDeps, { report, nowMs }: { report: TickReport; nowMs: number }): void {
  const { control, log } = deps;
  for (const rollout of listLiveRollouts(control).filter(({ state }) => state === "gating")) {
    guarded(deps, { report, rollout }, () => {
      const candidate = findRelease(control, { application: rollout.application, releaseId: rollout.candidateId });
      if (candidate === undefined) return;
      const { moves, reason } = judgeGates(control, { rollout, policy: policyOf(control, rollout), candidate });
      if (moves.length === 0) return;
      const { state } = advanceRollout(controllerContext(control, nowMs), { rolloutId: rollout.id, reason });
      log.info({ rolloutId: rollout.id, state, reason }, "the rollout left its gates");
    });
  }
}

/** After the evaluations, so that a breach seen in the same tick is a rollback and not an approval that expired. */
function expireApprovals(
  deps: ControllerDeps,
  { report, live, nowMs }: { report: TickReport; live: readonly RolloutRow[]; nowMs: number },
): void {
  const { control, log } = deps;
  for (const rollout of live.filter(({ state }) => state === "paused")) {
    guarded(deps, { report, rollout }, () => {
      const expiresAtMs = approvalExpiryMs(policyOf(control, rollout), rollout);
      if (expiresAtMs === undefined || expiresAtMs > nowMs) return;
      if (findRollout(control, rollout.id)?.revision !== rollout.revision) return;
      expireApproval(controllerContext(control, nowMs), { rolloutId: rollout.id });
      log.info({ rolloutId: rollout.id }, "the approval expired");
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

/**
 * What follows from an evaluation is done at once: it may move an alias. The many that repeat the decision before share a
 * transaction, and with it one wait for the disk.
 */
function keepTogether(
  deps: ControllerDeps,
  { report, due, nowMs }: { report: TickReport; due: readonly DueEvaluation[]; nowMs: number },
): void {
  for (const one of due) if (one.changed) keepChange(deps, { report, one, nowMs });
  const repeated = due.filter(({ changed }) => !changed);
  if (repeated.length === 0) return;
  try {
    const kept = keepRepeated(controllerContext(deps.control, nowMs), repeated.flatMap(repeatedOf));
    for (const one of repeated) noteRepeated(deps, { report, one, id: kept.get(one.rollout.id) });
  } catch (error) {
    report.failed += repeated.length;
    deps.log.error({ err: error, rollouts: repeated.length }, "evaluations could not be kept");
  }
}

function noteRepeated(
  { memory }: ControllerDeps,
  { report, one, id }: { report: TickReport; one: DueEvaluation; id: number | undefined },
): void {
  report.evaluated += 1;
  report.outcomes.push(id === undefined ? "outdated" : "kept");
  if (id !== undefined) memory.remember(one.rollout.id, rememberedAs(one, id));
}

function rememberedAs({ input, remembered }: DueEvaluation, id: number): RememberedRollout {
  const { decision, violations } = input.evaluation;
  return { ...remembered, newest: { id, atMs: input.atMs, decision, violations } };
}

function repeatedOf({ rollout, follows, input }: DueEvaluation): RepeatedEvaluation[] {
  if (follows === undefined) return [];
  const { id: rolloutId, revision, stepIndex, policyName, policyVersion } = rollout;
  const { atMs, codeVersion, evaluation, evidence, calibration } = input;
  const place = { rolloutId, expectedRevision: revision, stepIndex, policyVersion };
  return [
    {
      ...place,
      follows,
      atMs,
      codeVersion,
      evaluation,
      ...(evidence === undefined ? {} : { evidence }),
      ...(calibration === undefined ? {} : { calibration: { rolloutId, policyName, policyVersion, ...calibration } }),
    },
  ];
}

function keepChange(
  deps: ControllerDeps,
  { report, one, nowMs }: { report: TickReport; one: DueEvaluation; nowMs: number },
): void {
  const { rollout, input } = one;
  const record = (): RecordEvaluationOutput => recordEvaluation(controllerContext(deps.control, nowMs), input);
  for (const { outcome, evaluationId } of guarded(deps, { report, rollout }, record)) {
    report.evaluated += 1;
    report.outcomes.push(outcome);
    const { sentence } = input.evaluation;
    if (evaluationId !== null) deps.memory.remember(rollout.id, rememberedAs(one, evaluationId));
    if (outcome !== "kept") deps.log.info({ rolloutId: rollout.id, outcome, sentence }, "the rollout changed");
  }
}

/** Runs the work for one rollout, which may have no result; a failure is counted and logged and does not reach the others. */
function guarded<T>(
  { log }: ControllerDeps,
  { report, rollout }: { report: TickReport; rollout: RolloutRow },
  work: () => T | undefined,
): T[] {
  try {
    const result = work();
    return result === undefined ? [] : [result];
  } catch (error) {
    report.failed += 1;
    log.error({ err: error, rolloutId: rollout.id }, "the rollout could not be evaluated");
    return [];
  }
}
