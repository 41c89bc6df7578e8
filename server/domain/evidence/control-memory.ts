/** What a comparison remembers of the control: its moments for means, its sketch for quantiles. Forgets over 30 minutes. */
import type { ArmBucket } from "./bucket";
import { mergeBins } from "./bucket";
import { CONTROL_MEMORY_SEC } from "./constants";
import type { RelativeTest } from "./rule-config";
import type { SketchBins } from "./sketch-exceed";
import type { ControlMoments } from "./two-mean-kernel";
import { NO_MOMENTS, rememberMoments } from "./two-mean-kernel";

export interface ControlMemory {
  /** Of the values as they are. */
  readonly moments: ControlMoments;
  /** Forgotten counts per sketch bin, ascending. */
  readonly bins: SketchBins;
}

export const NO_MEMORY: ControlMemory = { moments: NO_MOMENTS, bins: [] };

/** A bin whose remembered count falls below this is dropped, so that the state stays small. */
const FORGOTTEN = 1e-6;

/** Forgets `elapsedSec` and adds the control's sums of that time. Call it after they were used. */
export function rememberControl(
  past: ControlMemory,
  test: RelativeTest,
  { control, elapsedSec }: { control: ArmBucket; elapsedSec: number },
): ControlMemory {
  if (test.kind === "mean" && control.tent !== undefined) {
    const tick = { edges: test.edges, mass: control.tent, elapsedSec };
    return { ...past, moments: rememberMoments(past.moments, tick) };
  }
  if (test.kind === "quantile" && control.bins !== undefined) {
    const keep = Math.exp(-elapsedSec / CONTROL_MEMORY_SEC);
    const kept = past.bins.map(([index, count]) => [index, count * keep] as const);
    return {
      ...past,
      bins: mergeBins(
        kept.filter(([, count]) => count > FORGOTTEN),
        control.bins,
      ),
    };
  }
  return past;
}
