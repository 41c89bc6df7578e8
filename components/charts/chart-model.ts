/**
 * Turns windows into what is drawn: rows with bands, breach intervals, gaps, the provisional tail. Pure, so that what a
 * chart shows can be tested without drawing it.
 */
import type { Measured } from "@/components/ui/format";
import type { ChartEvent, ChartLimit, ChartRange, ChartWindow } from "./chart-types";

/** More points than this make a chart slow and show nothing more; the server reduces, this only guards. */
export const MAXIMUM_POINTS = 600;

/** A row for the plot: a value is on the settled or on the provisional line, and on both where they meet. */
export interface PlotRow {
  atMs: number;
  candidate: number | null;
  candidateTail: number | null;
  candidateBand: [number, number] | null;
  control: number | null;
  controlTail: number | null;
  controlBand: [number, number] | null;
  /** The candidate's value where the evaluator found a breach. */
  breach: number | null;
}

export interface Interval {
  fromMs: number;
  toMs: number;
}

/**
 * At most `MAXIMUM_POINTS` windows. Of each group the one that matters stays: a breaching one first, then the largest
 * candidate value; a line never loses its breach to averaging.
 */
export function reduceWindows(windows: readonly ChartWindow[]): readonly ChartWindow[] {
  if (windows.length <= MAXIMUM_POINTS) return windows;
  const size = Math.ceil(windows.length / MAXIMUM_POINTS);
  const kept: ChartWindow[] = [];
  for (let start = 0; start < windows.length; start += size) {
    const group = windows.slice(start, start + size);
    const first = group[0];
    if (first !== undefined) kept.push(group.reduce(moreTelling, first));
  }
  return kept;
}

function moreTelling(best: ChartWindow, next: ChartWindow): ChartWindow {
  if (best.breaching !== next.breaching) return best.breaching ? best : next;
  const value = (window: ChartWindow): number => window.candidate?.value ?? Number.NEGATIVE_INFINITY;
  return value(next) > value(best) ? next : best;
}

function band(point: Measured | null): [number, number] | null {
  return point === null || point.lower === null || point.upper === null ? null : [point.lower, point.upper];
}

/** Rows in time order. The provisional line starts at the last settled window, so that the two join. */
export function plotRows(windows: readonly ChartWindow[]): PlotRow[] {
  const firstProvisional = windows.findIndex((window) => window.provisional);
  const joint = firstProvisional === -1 ? windows.length : firstProvisional - 1;
  return windows.map((window, index) => {
    const settled = !window.provisional;
    const tail = index >= joint;
    const candidate = window.candidate?.value ?? null;
    const control = window.control?.value ?? null;
    return {
      atMs: window.atMs,
      candidate: settled ? candidate : null,
      candidateTail: tail ? candidate : null,
      candidateBand: band(window.candidate),
      control: settled ? control : null,
      controlTail: tail ? control : null,
      controlBand: band(window.control),
      breach: window.breaching ? candidate : null,
    };
  });
}

/** Runs of consecutive windows for which `test` holds, as time, reaching half a step to either side. */
function runs(windows: readonly ChartWindow[], range: ChartRange, test: (window: ChartWindow) => boolean): Interval[] {
  const found: Interval[] = [];
  let open: Interval | null = null;
  for (const window of windows) {
    if (!test(window)) {
      open = null;
      continue;
    }
    const toMs = Math.min(range.toMs, window.atMs + range.stepMs / 2);
    if (open === null) {
      open = { fromMs: Math.max(range.fromMs, window.atMs - range.stepMs / 2), toMs };
      found.push(open);
    } else {
      open.toMs = toMs;
    }
  }
  return found;
}

/** Where the evaluator found breaches. */
export function breachIntervals(windows: readonly ChartWindow[], range: ChartRange): Interval[] {
  return runs(windows, range, (window) => window.breaching);
}

/** Where the candidate sent nothing between two windows in which it did. Before and after is not a gap. */
export function gapIntervals(windows: readonly ChartWindow[], range: ChartRange): Interval[] {
  const has = (window: ChartWindow): boolean => window.candidate !== null && window.candidate.value !== null;
  const first = windows.findIndex(has);
  const last = windows.findLastIndex(has);
  return runs(windows.slice(first, last + 1), range, (window) => !has(window));
}

/** Start of the part that is too young to decide on, or null. */
export function provisionalFrom(windows: readonly ChartWindow[], range: ChartRange): number | null {
  const first = windows.find((window) => window.provisional);
  return first === undefined ? null : Math.max(range.fromMs, first.atMs - range.stepMs / 2);
}

/** How far intervals may stretch the value axis, in heights of what the lines and the limit need. */
const BAND_REACH = 0.6;

/**
 * What the value axis must hold: lines and limit in full, intervals as far as they do not flatten the lines. With few
 * requests an interval spans almost everything; it is cut at the plot's edge then.
 */
export function scaleValues(windows: readonly ChartWindow[], limit: ChartLimit | null): number[] {
  const points = windows.flatMap(({ candidate, control }) => [candidate, control]).filter((point) => point !== null);
  const lines = [...points.map((point) => point.value), limit?.value ?? null].filter((value) => value !== null);
  if (lines.length === 0) return [];
  const least = Math.min(...lines);
  const most = Math.max(...lines);
  const reach = Math.max(most - least, Math.abs(most) * 0.1) * BAND_REACH;
  const bands = points.flatMap((point) => [point.lower, point.upper]).filter((value) => value !== null);
  return [...lines, ...bands.map((value) => Math.min(most + reach, Math.max(least - reach, value)))];
}

/** A flag above the plot: one event, or several that stand too close to tell apart. */
export interface Flag {
  atMs: number;
  events: readonly ChartEvent[];
}

/** Events in range by time; those closer than `minimumMs` to the start of a flag share it. */
export function flags(events: readonly ChartEvent[], range: ChartRange, minimumMs: number): Flag[] {
  const grouped: { atMs: number; events: ChartEvent[] }[] = [];
  const inside = events.filter((event) => event.atMs >= range.fromMs && event.atMs <= range.toMs);
  for (const event of inside.toSorted((left, right) => left.atMs - right.atMs)) {
    const last = grouped.at(-1);
    if (last !== undefined && event.atMs - last.atMs < minimumMs) last.events.push(event);
    else grouped.push({ atMs: event.atMs, events: [event] });
  }
  return grouped;
}

/** Index of the window nearest to `atMs`, or -1 without windows. */
export function nearestIndex(windows: readonly { atMs: number }[], atMs: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (const [index, window] of windows.entries()) {
    const next = Math.abs(window.atMs - atMs);
    if (next < distance) {
      distance = next;
      best = index;
    }
  }
  return best;
}
