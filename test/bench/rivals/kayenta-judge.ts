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
  x: readonly number[],
  y: readonly number[],
  { z, correct }: { z: number; correct: boolean },
): number {
  let low = Math.min(...x) - Math.max(...y);
  let high = Math.max(...x) - Math.min(...y);
  if (standardised(x, y, low, correct) <= z) return low;
  if (standardised(x, y, high, correct) >= z) return high;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (standardised(x, y, middle, correct) > z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The Mann–Whitney statistic of (x − d) against y in standard deviations, with the correction for ties. */
function standardised(x: readonly number[], y: readonly number[], d: number, correct: boolean): number {
  const { rankSum, tieTerm } = rankSumOf(
    x.map((value) => value - d),
    y,
  );
  const [m, n] = [x.length, y.length];
  const total = m + n;
  const distance = rankSum - (m * (m + 1)) / 2 - (m * n) / 2;
  const continuity = correct ? Math.sign(distance) * 0.5 : 0;
  const sigma = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1))));
  return sigma === 0 ? 0 : (distance - continuity) / sigma;
}

/** Sum of the mid-ranks of `x` in both samples together, and Σ(t³ − t) over groups of equal values. */
function rankSumOf(x: readonly number[], y: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [...x.map((value) => ({ value, own: true })), ...y.map((value) => ({ value, own: false }))];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let tieTerm = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    let own = 0;
    while (end < all.length && all[end]?.value === all[start]?.value) {
      if (all[end]?.own === true) own += 1;
      end += 1;
    }
    const size = end - start;
    rankSum += own * ((start + 1 + end) / 2);
    tieTerm += size ** 3 - size;
    start = end;
  }
  return { rankSum, tieTerm };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
