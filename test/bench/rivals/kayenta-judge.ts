/**
 * The judge of Spinnaker's Kayenta as its documentation and results describe it, for comparison with our own decisions only:
 * a Mann–Whitney confidence interval of the location shift, compared with a quarter of the estimated shift.
 */

export type KayentaClass = "High" | "Low" | "Pass";

export interface KayentaResult {
  readonly lower: number;
  readonly upper: number;
  readonly estimate: number;
  readonly classification: KayentaClass;
}

const TOLERANCE = 0.25;
/** Kayenta searches its bounds to this precision; smaller differences are noise of the search. */
const SEARCH_PRECISION = 1e-4;
/** Standard normal quantile at 0.99: a two-sided 98 % interval. */
const Z_98 = 2.3263478740408408;

/** Judges one metric from one value per period and arm. Needs at least one value each. */
export function kayentaJudge(control: readonly number[], experiment: readonly number[]): KayentaResult {
  const lower = shiftRoot(experiment, control, { z: Z_98, correct: true });
  const upper = shiftRoot(experiment, control, { z: -Z_98, correct: true });
  const estimate = shiftRoot(experiment, control, { z: 0, correct: false });
  return { lower, upper, estimate, classification: classify({ lower, upper, estimate }, control, experiment) };
}

function classify(
  { lower, upper, estimate }: { lower: number; upper: number; estimate: number },
  control: readonly number[],
  experiment: readonly number[],
): KayentaClass {
  const distinct = new Set([...control, ...experiment]);
  if (distinct.size === 1) return "Pass";
  const band = TOLERANCE * Math.abs(estimate) + SEARCH_PRECISION;
  const ratio = mean(experiment) / mean(control);
  const grew = Number.isNaN(ratio) || ratio > 1;
  if (lower > band && grew) return "High";
  if (upper < -band && !grew) return "Low";
  return "Pass";
}

/** The shift d at which the standardised rank sum of (x − d) against y falls through z. */
function shiftRoot(
  experiment: readonly number[],
  control: readonly number[],
  { z, correct }: { z: number; correct: boolean },
): number {
  const x = experiment.toSorted((a, b) => a - b);
  const y = control.toSorted((a, b) => a - b);
  let low = (x[0] ?? 0) - (y.at(-1) ?? 0);
  let high = (x.at(-1) ?? 0) - (y[0] ?? 0);
  if (standardised(x, y, low, correct) <= z) return low;
  if (standardised(x, y, high, correct) >= z) return high;
  for (let i = 0; i < 45; i++) {
    const middle = (low + high) / 2;
    if (standardised(x, y, middle, correct) > z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The Mann–Whitney statistic of sorted (x − d) against sorted y in standard deviations, with the correction for ties. */
function standardised(x: readonly number[], y: readonly number[], d: number, correct: boolean): number {
  const { rankSum, tieTerm } = rankSumOf(x, y, d);
  const [m, n] = [x.length, y.length];
  const total = m + n;
  const distance = rankSum - (m * (m + 1)) / 2 - (m * n) / 2;
  const continuity = correct ? Math.sign(distance) * 0.5 : 0;
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1))));
  return sigma === 0 ? 0 : (distance - continuity) / sigma;
}

/** Sum of the mid-ranks of (x − d) in both samples together, and Σ(t³ − t) over groups of equal values; both are sorted. */
function rankSumOf(x: readonly number[], y: readonly number[], d: number): { rankSum: number; tieTerm: number } {
  let [i, j, rankSum, tieTerm] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const value = Math.min((x[i] ?? Infinity) - d, y[j] ?? Infinity);
    const start = i + j;
    const firstX = i;
    while (i < x.length && (x[i] ?? 0) - d === value) i += 1;
    while (j < y.length && y[j] === value) j += 1;
    const size = i + j - start;
    rankSum += (i - firstX) * ((start + 1 + i + j) / 2);
    tieTerm += size ** 3 - size;
  }
  return { rankSum, tieTerm };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
