/** A metric over a half-open range of time, `[start, end)`, and the arithmetic of such ranges. */
import type { Metric } from "@/server/domain/metric/metric";
import type { Aggregate } from "./aggregate";
import { metricValue } from "./aggregate";
import type { Interval } from "./interval";
import { metricInterval } from "./interval";

/** `[startMs, endMs)` in epoch milliseconds. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** A metric's value over a range. No data is a value of its own: `value` is undefined, never 0. */
export interface Window extends TimeRange, Interval {
  /** Requests (or scores) behind the value. */
  readonly count: number;
  readonly value: number | undefined;
  /** Data of this range may still arrive: shown, not decided on. */
  readonly provisional: boolean;
}

/** The last multiple of `stepMs` not after `timeMs`. */
export function alignDown(timeMs: number, stepMs: number): number {
  return Math.floor(timeMs / stepMs) * stepMs;
}

/** The first multiple of `stepMs` not before `timeMs`. */
export function alignUp(timeMs: number, stepMs: number): number {
  return Math.ceil(timeMs / stepMs) * stepMs;
}

/** The aligned steps that cover `range`, oldest first; the first and the last may reach beyond it. */
export function stepsOf(range: TimeRange, stepMs: number): TimeRange[] {
  const steps: TimeRange[] = [];
  for (let startMs = alignDown(range.startMs, stepMs); startMs < range.endMs; startMs += stepMs) {
    steps.push({ startMs, endMs: startMs + stepMs });
  }
  return steps;
}

/** The newest `count` ranges of `lengthMs` that end at `endMs`, adjacent, oldest first. */
export function rangesBefore({
  endMs,
  lengthMs,
  count,
}: {
  readonly endMs: number;
  readonly lengthMs: number;
  readonly count: number;
}): TimeRange[] {
  return Array.from({ length: count }, (_, index) => {
    const end = endMs - (count - 1 - index) * lengthMs;
    return { startMs: end - lengthMs, endMs: end };
  });
}

/** Whether the range holds the instant: its start does, its end does not. */
export function contains(range: TimeRange, timeMs: number): boolean {
  return range.startMs <= timeMs && timeMs < range.endMs;
}

/**
 * The window of a metric over `range`.
 *
 * @param settledMs data before this instant is complete; a range that ends after it is provisional.
 */
export function windowOf({
  metric,
  aggregate,
  range,
  settledMs,
}: {
  readonly metric: Metric;
  readonly aggregate: Readonly<Aggregate>;
  readonly range: TimeRange;
  readonly settledMs: number;
}): Window {
  return {
    startMs: range.startMs,
    endMs: range.endMs,
    count: aggregate.count,
    value: metricValue(metric, aggregate),
    ...metricInterval(metric, aggregate),
    provisional: range.endMs > settledMs,
  };
}
