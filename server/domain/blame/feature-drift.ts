/** Features whose values differ where a release goes wrong from where the same release goes right. */
import { discoveries } from "./false-discovery";
import { upperTail } from "./normal";

/** A feature's values in the two places. */
export interface FeatureSamples {
  /** `releases/average_queue_minutes`. */
  readonly name: string;
  readonly wrong: readonly number[];
  readonly right: readonly number[];
}

export interface FeatureDrift {
  readonly name: string;
  /** P(a value where it goes wrong is larger than one where it goes right), ties half: 0.5 is no difference. */
  readonly larger: number;
  readonly medianWrong: number;
  readonly medianRight: number;
  readonly countWrong: number;
  readonly countRight: number;
}

/** Fewer values on a side show nothing. */
const LEAST = 20;
/** A smaller shift is of no use as an explanation, however sure. */
const WORTH_TELLING = 0.25;
const FALSE_DISCOVERIES = 0.01;

/** Drifted features, the largest shift first; false discoveries over all of them are held at 1 %. */
export function featureDrift(samples: readonly FeatureSamples[]): FeatureDrift[] {
  const enough = samples.filter(({ wrong, right }) => wrong.length >= LEAST && right.length >= LEAST);
  const tested = enough.map((sample) => ({ sample, ...mannWhitney(sample.wrong, sample.right) }));
  const found = discoveries(
    tested.map(({ p }) => p),
    FALSE_DISCOVERIES,
  );
  return tested
    .filter(({ larger }, index) => found[index] === true && Math.abs(larger - 0.5) >= WORTH_TELLING)
    .map(({ sample: { name, wrong, right }, larger }) => ({
      name,
      larger,
      medianWrong: median(wrong),
      medianRight: median(right),
      countWrong: wrong.length,
      countRight: right.length,
    }))
    .toSorted((a, b) => Math.abs(b.larger - 0.5) - Math.abs(a.larger - 0.5));
}

/** Two-sided, by the normal approximation with the correction for ties (Lehmann 1975, 1.4). */
function mannWhitney(a: readonly number[], b: readonly number[]): { larger: number; p: number } {
  const pooled = [...a.map((value) => ({ value, own: true })), ...b.map((value) => ({ value, own: false }))].toSorted(
    (one, other) => one.value - other.value,
  );
  const n = pooled.length;
  let rankSum = 0;
  let ties = 0;
  for (let start = 0; start < n;) {
    let end = start + 1;
    while (end < n && pooled[end]?.value === pooled[start]?.value) end += 1;
    const size = end - start;
    const rank = (start + 1 + end) / 2;
    rankSum += rank * pooled.slice(start, end).filter(({ own }) => own).length;
    ties += size ** 3 - size;
    start = end;
  }
  const pairs = a.length * b.length;
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const variance = (pairs / 12) * (n + 1 - ties / (n * (n - 1)));
  const z = variance === 0 ? 0 : Math.abs(u - pairs / 2) / Math.sqrt(variance);
  return { larger: u / pairs, p: 2 * upperTail(z) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
