/** Axis ticks and domains, chosen here because automatic ones make large charts slow. Pure. */

const TIME_STEPS_MS: readonly number[] = [
  60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000, 172_800_000, 604_800_000,
];

/** Ticks on whole steps of the clock (UTC), at most `maximum` of them, inside `[fromMs, toMs]`. */
export function timeTicks(fromMs: number, toMs: number, maximum: number): number[] {
  const wanted = (toMs - fromMs) / Math.max(1, maximum);
  const step = TIME_STEPS_MS.find((each) => each >= wanted) ?? Math.ceil(wanted / 604_800_000) * 604_800_000;
  const ticks: number[] = [];
  for (let at = Math.ceil(fromMs / step) * step; at <= toMs; at += step) ticks.push(at);
  return ticks;
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export interface ValueScale {
  domain: [number, number];
  ticks: number[];
  /** The axis does not start at zero, which the chart marks. */
  cut: boolean;
}

interface ScaleOptions {
  fromZero: boolean;
  /** What the metric cannot leave, e.g. 0–1 for a rate; an interval that reaches beyond it is clipped. */
  bounds?: readonly [number, number];
}

/**
 * A value axis that holds all `values`, within `bounds` if given. Rates of bad things, cost and counts start at zero;
 * the others may be cut when the values stay far from it. Without values the axis is `[0, 1]`.
 */
export function valueScale(values: readonly number[], options: ScaleOptions): ValueScale {
  const [least, most] = options.bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const finite = values.filter(Number.isFinite).map((value) => Math.min(most, Math.max(least, value)));
  if (finite.length === 0) return { domain: [0, 1], ticks: [0, 1], cut: false };
  const smallest = Math.min(...finite);
  const largest = Math.max(...finite);
  const spread = Math.max(largest - smallest, Math.abs(largest) * 0.05, 1e-9);
  const padded = smallest - spread * 0.15;
  const cut = !options.fromZero && smallest > 0 && padded > largest * 0.25;
  const bottom = cut ? padded : Math.min(0, smallest);
  const top = largest + (largest - bottom) * 0.1;
  // Values that do not differ visibly need an axis all the same.
  const height = top - bottom < 1e-9 ? 1 : top - bottom;
  const step = niceStep(height / 4);
  const first = Math.floor(bottom / step) * step;
  const last = Math.max(first + step, Math.min(most, Math.ceil(top / step - 1e-9) * step));
  const ticks: number[] = [];
  // Multiples of the step, not repeated sums, so that 0.3 is not 0.30000000000000004 more than once.
  for (let index = 0; first + index * step <= last + step * 1e-6; index++) {
    ticks.push(Number((first + index * step).toPrecision(12)));
  }
  return { domain: [Number(first.toPrecision(12)), Number(last.toPrecision(12))], ticks, cut };
}
