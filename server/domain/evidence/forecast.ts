/**
 * How long a rule is likely to take to find a regression of a given size, from traffic and the control's own values: the
 * evidence grows at a known pace while the candidate is worse by that much. For planning, never for a decision.
 */
import { EFFECT, G, HORIZON_SEC } from "./constants";
import type { AbsoluteTest, RelativeTest, RuleConfig } from "./rule-config";

/** The control's counted events per observation, or the mean and variance of its values, in the metric's unit. */
export type Baseline =
  | { readonly kind: "rate"; readonly rate: number }
  | { readonly kind: "mean"; readonly mean: number; readonly variance: number };

/** Observations a second that the rule can use, by track. */
interface Pace {
  readonly candidate: number;
  readonly control: number;
}

export interface ForecastInput {
  readonly config: Pick<
    RuleConfig,
    "test" | "alpha" | "dispersion" | "minRequests" | "minEvents" | "sustainSec" | "warmupSec"
  >;
  readonly baseline: Baseline;
  readonly pace: Pace;
}

/**
 * ln 2 pays for the half of the prior that waits for a later start, 1.5 for the mixture over effect sizes (see
 * `neededObservations`).
 */
const OVERHEAD = Math.LN2 + 1.5;

/** Beyond this nobody waits, and the false-alarm budget is stated for less, seconds. */
const FOREVER_SEC = 7 * HORIZON_SEC;

/**
 * Seconds until the rule is likely to breach when the candidate's value is `factor` times as bad as what the rule allows
 * (the limit; for a comparison, what the control's value allows). Infinity when it would take more than a week.
 *
 * @param factor above 1; 2 is twice the allowed share of events, or twice the allowed mean (half of it for a `min`).
 */
export function secondsToDecide({ config, baseline, pace }: ForecastInput, factor: number): number {
  const { test, alpha, dispersion, minRequests, minEvents, sustainSec, warmupSec } = config;
  const value = test.axis === "absolute" ? absoluteValue(test.absolute, factor) : undefined;
  const paces =
    test.axis === "absolute"
      ? [
          absoluteGrowth(test.absolute, { baseline, value: value ?? 0, pace }),
          ...(test.twin === null ? [] : [relativeGrowth(test.twin, { baseline, value, factor, pace })]),
        ]
      : [relativeGrowth(test.relative, { baseline, value, factor, pace })];
  const slowest = Math.min(...paces);
  const evidenceSec = (dispersion.value * (Math.log(1 / alpha) + OVERHEAD)) / slowest;
  const eventsSec = minEvents / (pace.candidate * eventRate({ config, baseline, value, factor }));
  const sampleSec = minRequests / pace.candidate;
  const seconds = Math.max(evidenceSec, eventsSec, sampleSec) + sustainSec + warmupSec;
  return seconds > 0 && seconds <= FOREVER_SEC ? seconds : Infinity;
}

/** The smallest factor that is found within `seconds`; Infinity when even fifty times is not. */
export function smallestFactor(input: ForecastInput, seconds: number): number {
  if (secondsToDecide(input, MOST_FACTOR) > seconds) return Infinity;
  let [below, above] = [1, MOST_FACTOR];
  // The time falls as the factor grows: sixty halvings are more than a double has.
  for (let step = 0; step < 60; step++) {
    const middle = (below + above) / 2;
    if (secondsToDecide(input, middle) <= seconds) above = middle;
    else below = middle;
  }
  return above;
}

const MOST_FACTOR = 50;

/** What the candidate shows when it is `factor` times as bad as an absolute limit allows. */
function absoluteValue(test: AbsoluteTest, factor: number): number {
  if (test.kind === "rate") return Math.min(0.999, test.limit * factor);
  return test.side === "max" ? test.limit * factor : test.limit / factor;
}

interface Regression {
  readonly baseline: Baseline;
  /** The candidate's value; undefined where only the comparison says what it is. */
  readonly value: number | undefined;
  readonly pace: Pace;
}

/** Nats of evidence a second against an absolute limit. */
function absoluteGrowth(test: AbsoluteTest, { baseline, value = 0, pace }: Regression): number {
  if (test.kind === "rate") return pace.candidate * best((g) => value * g - Math.log1p(test.limit * Math.expm1(g)));
  const distance = Math.abs(value - test.limit);
  return pace.candidate * betGrowth(distance, varianceOf(baseline));
}

/** Nats of evidence a second that the candidate is worse than the control by more than the margin. */
function relativeGrowth(
  test: RelativeTest,
  { baseline, value, factor, pace }: Regression & { factor: number },
): number {
  switch (test.kind) {
    case "rate": {
      const control = baseline.kind === "rate" ? baseline.rate : 0;
      const { rho, delta } = test.margin;
      const candidate = value ?? Math.min(0.999, factor * (rho * control + delta));
      return rateGrowth({ control, candidate, rho, delta, pace });
    }
    case "quantile": {
      const [cut = 0.95] = test.cuts;
      const control = test.worse === "high" ? 1 - cut : cut;
      return rateGrowth({ control, candidate: Math.min(0.999, factor * control), rho: 1, delta: 0, pace });
    }
    case "mean":
      return meanGrowth(test, { baseline, value, factor, pace });
    case "paired_mean":
    case "paired_shift":
    case "paired_rate":
      // Every candidate's answer has its control's: only the difference varies, at most as much as one arm does.
      return pace.candidate * betGrowth(Math.abs(factor - 1) * meanOf(baseline), varianceOf(baseline));
  }
}

/** See `twoRateEll`: which arm did this bad request come from? */
function rateGrowth(given: { control: number; candidate: number; rho: number; delta: number; pace: Pace }): number {
  const { control, candidate, rho, delta, pace } = given;
  const [nA, nB] = [pace.control, pace.candidate];
  if (nA <= 0 || nB <= 0) return 0;
  const pi0 = (rho * nB) / (rho * nB + nA);
  const bad = nB * candidate + nA * control;
  return best((g) => {
    const tilt = Math.expm1(g);
    const u = (tilt * (1 - pi0)) / (1 + pi0 * tilt);
    return nB * candidate * g - bad * Math.log1p(pi0 * tilt) - nB * u * delta;
  });
}

/** See `meanBlockElls`: a bet on the difference, against the noise of both arms. */
function meanGrowth(
  test: Extract<RelativeTest, { kind: "mean" }>,
  { baseline, value, factor, pace }: Regression & { factor: number },
): number {
  const [nA, nB] = [pace.control, pace.candidate];
  if (nA <= 0 || nB <= 0) return 0;
  const allowed = meanOf(baseline) * test.factor;
  const candidate = value ?? (test.worse === "high" ? allowed * factor : allowed / factor);
  const distance = test.worse === "high" ? candidate - allowed : allowed - candidate;
  const noise = varianceOf(baseline) * (1 + (test.factor ** 2 * nB) / nA);
  return distance <= 0 ? 0 : nB * betGrowth(distance, noise);
}

/** Growth per observation of the best bet on a mean: D²/(2(σ² + D²)). */
function betGrowth(distance: number, variance: number): number {
  const power = variance + distance ** 2;
  return power === 0 ? Math.log1p(EFFECT[0] ?? 0) : distance ** 2 / (2 * power);
}

/** The best of the mixture's effect sizes; below 0 the evidence shrinks. */
function best(growth: (g: number) => number): number {
  return Math.max(0, ...G.map(growth));
}

/** Counted events per observation of the candidate. */
function eventRate(given: {
  config: Pick<RuleConfig, "test">;
  baseline: Baseline;
  value: number | undefined;
  factor: number;
}): number {
  const { test } = given.config;
  if (test.axis === "absolute") return test.absolute.kind === "rate" ? (given.value ?? 0) : 1;
  const { relative } = test;
  if (relative.kind !== "rate" || given.baseline.kind !== "rate") return 1;
  return Math.min(1, given.factor * (relative.margin.rho * given.baseline.rate + relative.margin.delta));
}

function meanOf(baseline: Baseline): number {
  return baseline.kind === "mean" ? baseline.mean : baseline.rate;
}

function varianceOf(baseline: Baseline): number {
  return baseline.kind === "mean" ? baseline.variance : baseline.rate * (1 - baseline.rate);
}
