/** Candidate minus control with an interval, for tables and charts; pointwise, never used to act. */
import type { Interval } from "./interval";

/** A value with its own 95 % interval. */
export interface Estimate extends Interval {
  readonly value: number;
}

export interface Difference {
  readonly absolute: number;
  /** Of the control's value; null when that is zero. */
  readonly ratio: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** The interval excludes zero. */
  readonly clear: boolean;
}

/**
 * Difference of two independent estimates by square-and-add of their own intervals (Newcombe 1998 for proportions, Zou and
 * Donner 2008 in general), which keeps the skew of each. A bound is null where an estimate has none.
 */
export function differenceOf(candidate: Estimate, control: Estimate): Difference {
  const absolute = candidate.value - control.value;
  const lower = bound(absolute, -1, distance(candidate.value, candidate.lower), distance(control.value, control.upper));
  const upper = bound(absolute, 1, distance(candidate.value, candidate.upper), distance(control.value, control.lower));
  return {
    absolute,
    ratio: control.value === 0 ? null : absolute / Math.abs(control.value),
    lower,
    upper,
    clear: (lower !== null && lower > 0) || (upper !== null && upper < 0),
  };
}

function distance(value: number, limit: number | undefined): number | null {
  return limit === undefined ? null : Math.abs(value - limit);
}

function bound(absolute: number, sign: 1 | -1, candidate: number | null, control: number | null): number | null {
  return candidate === null || control === null ? null : absolute + sign * Math.hypot(candidate, control);
}
