/** A policy's measured false-alarm rate beside its promise: two halves of the control, compared as if one were a release. */
import { z } from "zod";
import { HORIZON_SEC, SPREAD_WEIGHT, START_WEIGHT } from "@/server/domain/evidence/constants";
import { countWords } from "@/server/domain/words/count-words";
import { calibrationOf } from "@/server/store/control/calibrations";
import type { ReadDeps } from "./deps";

/** What was measured under one policy version. */
export const MeasuredFalseAlarms = z.object({
  /** Rollouts during which the control was compared with itself. */
  rollouts: z.number().int(),
  /** Time of it, in days of 24 h. */
  days: z.number(),
  /** How often the policy would have rolled one half of the control back. */
  alarms: z.number().int(),
  /** As many alarms as the policy's `alpha` allows in that time: α·(½ + ½·T/24 h) of each run, on average at most. */
  promised: z.number(),
  sentence: z.string(),
});
export type MeasuredFalseAlarms = z.infer<typeof MeasuredFalseAlarms>;

/**
 * How often the live rules of a policy version were wrong about a release that is certainly innocent: subjects of the
 * control are split by their hash into two halves, and one half is judged as the candidate of the other, with every rule
 * and budget of the policy. A run that alarms is counted once; the next begins when the halves agree again.
 *
 * @param policy the version, and its `alpha`: false alarms per rollout and 24 h that it promises at most.
 */
export function measuredFalseAlarms(
  { control }: Pick<ReadDeps, "control">,
  policy: { name: string; version: number; alpha: number },
): MeasuredFalseAlarms {
  const { rollouts, runs, elapsedSec, alarms } = calibrationOf(control, policy);
  const days = elapsedSec / HORIZON_SEC;
  const promised = policy.alpha * (START_WEIGHT * runs + SPREAD_WEIGHT * days);
  return { rollouts, days, alarms, promised, sentence: sentenceOf({ rollouts, days, alarms, promised }) };
}

function sentenceOf({ rollouts, days, alarms, promised }: Omit<MeasuredFalseAlarms, "sentence">): string {
  if (rollouts === 0) return "The control has not been compared with itself under this policy yet.";
  const over = days >= 1 ? countWords(Math.floor(days), "day") : countWords(Math.floor(days * 24), "hour");
  return (
    `The control compared with itself for ${over} in ${countWords(rollouts, "rollout")}: ` +
    `${countWords(alarms, "false alarm")}, where the policy's budget allows ${promised.toFixed(2)} on average.`
  );
}
