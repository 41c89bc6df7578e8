/**
 * Keeps evaluations that decided as the one before and broke nothing new: nothing else follows from them, so that many
 * share one transaction and one wait for the disk. For the controller alone; whatever changes goes through
 * `recordEvaluation`.
 */
import { forbidden } from "@/server/domain/errors";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { evaluationLog } from "@/server/store/control/evaluation-log";
import { writeCalibration, type CalibrationRow } from "@/server/store/control/calibrations";
import type { ControlContext } from "./context";
import { perform } from "./perform";

/** An evaluation that repeats the decision of the newest kept one. */
export interface RepeatedEvaluation {
  readonly rolloutId: string;
  /** The rollout's revision when its data was read. */
  readonly expectedRevision: number;
  /** The newest kept evaluation when its data was read, which this one repeats. */
  readonly follows: number;
  readonly atMs: number;
  readonly stepIndex: number;
  readonly policyVersion: number;
  readonly codeVersion: string;
  readonly evaluation: PolicyEvaluation;
  /** The evidence to be carried, where it is time to write it down. */
  readonly evidence?: { readonly consumedToMs: number; readonly statVersion: string; readonly state: unknown };
  readonly calibration?: CalibrationRow;
}

/**
 * Keeps them, and returns their ids by rollout. One is missing when its rollout ended, changed or was evaluated
 * meanwhile: the next tick looks again.
 */
export function keepRepeated(
  context: ControlContext,
  repeated: readonly RepeatedEvaluation[],
): ReadonlyMap<string, number> {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records evaluations");
  const log = evaluationLog(context.db);
  return perform(context, ({ tx }) => {
    const kept = new Map<string, number>();
    for (const one of repeated) {
      const { rolloutId, evaluation, evidence, calibration } = one;
      const standing = log.standing(rolloutId);
      const isLive = standing?.endedAtMs === null && standing.revision === one.expectedRevision;
      if (!isLive || log.newest(rolloutId)?.id !== one.follows) continue;
      kept.set(rolloutId, log.add({ ...one, decision: evaluation.decision, detail: evaluation }));
      if (evidence !== undefined) log.writeState({ rolloutId, ...evidence });
      if (calibration !== undefined) writeCalibration(tx, calibration);
    }
    return kept;
  });
}
