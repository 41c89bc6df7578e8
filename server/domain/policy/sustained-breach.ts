/** `evidence: window`: a breach is a run of bad windows, counted back from the newest. */
import type { Threshold } from "./policy";
import { checkThreshold } from "./threshold";

/**
 * How many of the newest windows break the threshold without a good one between them.
 *
 * A window without data (undefined: no value, or fewer requests than the threshold's minimum) breaks nothing (2-domain,
 * rule 2), so it ends the run like a good one. A candidate that nobody calls is therefore never rolled back on old
 * windows; that its evidence is missing is what keeps the step from ending.
 *
 * @param values windows' values, oldest first.
 * @param controlValues the control's values in the same windows, for relative limits.
 */
export function consecutiveBreaches(
  values: readonly (number | undefined)[],
  threshold: Threshold,
  controlValues: readonly (number | undefined)[] = [],
): number {
  let run = 0;
  while (run < values.length) {
    const index = values.length - 1 - run;
    if (checkThreshold(threshold, values[index], controlValues[index]) === undefined) break;
    run += 1;
  }
  return run;
}

/** Whether the run is as long as the threshold's `consecutive` asks. */
export function isSustained(
  values: readonly (number | undefined)[],
  threshold: Threshold,
  controlValues: readonly (number | undefined)[] = [],
): boolean {
  return consecutiveBreaches(values, threshold, controlValues) >= threshold.consecutive;
}
