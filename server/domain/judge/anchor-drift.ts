/** Whether a judge still scores fixed answers as it once did: a change there is the judge's, not the release's. */
import { compareItems } from "@/server/domain/gate/compare-items";
import type { GoldenItem } from "@/server/domain/gate/golden-item";

/** One run of the judge over the anchor set. */
export interface AnchorRun {
  readonly atMs: number;
  /** Score by fixed answer. */
  readonly scores: ReadonlyMap<string, number>;
}

export interface AnchorPoint {
  readonly atMs: number;
  readonly n: number;
  /** Mean difference from the first run over the answers of both, with a 99 % interval; null with fewer than ten. */
  readonly difference: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly drifting: boolean;
}

const FEWEST_ANSWERS = 10;
/** Runs are repeated for ever: a rare false alarm each. */
const ALPHA = 0.01;
/** A smaller shift decides nothing that a policy's limit would notice. */
const LEAST_SHIFT = 0.02;

/** Every run against the first, oldest first; the last says whether the judge drifts now. */
export function anchorDrift(runs: readonly AnchorRun[]): AnchorPoint[] {
  const ordered = runs.toSorted((a, b) => a.atMs - b.atMs);
  const [first] = ordered;
  if (first === undefined) return [];
  const baseline = itemsOf(first);
  return ordered.map((run) => pointOf(run, baseline));
}

function pointOf(run: AnchorRun, baseline: readonly GoldenItem[]): AnchorPoint {
  const known = new Set(baseline.map(({ id }) => id));
  const candidate = itemsOf(run).filter(({ id }) => known.has(id));
  const compared = compareItems({ baseline, candidate, score: "score", alpha: ALPHA });
  const { atMs } = run;
  if (compared === undefined || candidate.length < FEWEST_ANSWERS) {
    return { atMs, n: candidate.length, difference: null, lower: null, upper: null, drifting: false };
  }
  const { difference, lower, upper, insideNoise, n } = compared;
  return { atMs, n, difference, lower, upper, drifting: !insideNoise && Math.abs(difference) >= LEAST_SHIFT };
}

function itemsOf({ scores }: AnchorRun): GoldenItem[] {
  return [...scores].map(([id, score]) => ({ id, scores: { score }, segments: {} }));
}
