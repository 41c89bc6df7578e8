/** How much worse a release was than its concurrent control, on a scale on which effects of different days compare. */

/** Bad requests of all for which it is known. */
export interface Arm {
  readonly bad: number;
  readonly count: number;
}

/** A release beside the control that served in the same period. */
export interface ArmPair {
  readonly release: Arm;
  readonly control: Arm;
}

/** Natural logarithm of an odds ratio, above 0 when worse, with its variance. */
export interface Effect {
  readonly logOdds: number;
  readonly variance: number;
}

/**
 * Every change shifts a release a little, also a good one. Effects that differ by this much (about a tenth of the odds) say
 * nothing about a component.
 */
const ORDINARY_SHIFT = 0.1;

/**
 * The log odds ratio with half a request added to each cell (Haldane 1956, Anscombe 1956), so that none is infinite.
 *
 * @param dispersion how many requests count as one because they come from one conversation, at least 1.
 */
export function effectOf({ release, control }: ArmPair, dispersion: number): Effect {
  const [a, b] = cells(release);
  const [c, d] = cells(control);
  return {
    logOdds: Math.log(a / b) - Math.log(c / d),
    variance: dispersion * (1 / a + 1 / b + 1 / c + 1 / d) + ORDINARY_SHIFT * ORDINARY_SHIFT,
  };
}

function cells({ bad, count }: Arm): [number, number] {
  return [bad + 0.5, count - bad + 0.5];
}
