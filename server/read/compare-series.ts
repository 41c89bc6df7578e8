/**
 * Sliding windows for the charts of the Compare screen: a point every step, each the value of the threshold's own window
 * that ends there, so that a chart shows what the evaluator saw. At most a few hundred points, whatever the range.
 */
import type { z } from "zod";
import type { Metric } from "@/server/domain/metric/metric";
import { aggregateKey, measuresOf } from "@/server/domain/metric/metric-source";
import type { Threshold } from "@/server/domain/policy/policy";
import { checkThreshold } from "@/server/domain/policy/threshold";
import { mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import type { SeriesStep, TelemetryReader, TelemetryScope } from "@/server/store/telemetry-reader";
import type { MetricPoint } from "./common-view";
import type { ComparePoint } from "./compare-view";
import { metricPoint } from "./metric-point";

type Point = z.input<typeof MetricPoint>;

const DAY_MS = 86_400_000;
/** Steps a chart may have; the smallest that is long enough is taken, or so many days. */
const STEPS_MS = [10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 21_600_000, DAY_MS] as const;
const MAX_POINTS = 240;
/** Steps that make up one window. */
const MAX_WINDOW_STEPS = 360;

/** The step for a range and its windows: at most 240 points, each of at most 360 steps, however long they are. */
export function chartStepMs({ rangeMs, windowMs }: { rangeMs: number; windowMs: number }): number {
  const leastMs = Math.max(rangeMs / MAX_POINTS, windowMs / MAX_WINDOW_STEPS);
  return STEPS_MS.find((step) => step >= leastMs) ?? Math.ceil(leastMs / DAY_MS) * DAY_MS;
}

export interface SeriesRequest {
  metric: Metric;
  /** Null for a metric that no rule watches. */
  threshold: Threshold | null;
  candidate: TelemetryScope;
  control: TelemetryScope | null;
  fromMs: number;
  toMs: number;
  stepMs: number;
  /** Length of the sliding window, ms. */
  windowMs: number;
  /** Windows that end after this instant are provisional. */
  settledMs: number;
}

/**
 * A reader of the points of any of these metrics for both sides, oldest first. They must agree in sides, range and step:
 * each side is read once for all of them.
 */
export function readPoints(
  telemetry: TelemetryReader,
  requests: readonly SeriesRequest[],
): (request: SeriesRequest) => z.input<typeof ComparePoint>[] {
  const [first] = requests;
  const measures = measuresOf(requests.map(({ metric }) => metric));
  const leadMs = Math.max(0, ...requests.map((request) => (widthOf(request) - 1) * request.stepMs));
  const stepsOf = (scope: TelemetryScope | null | undefined): Steps | null => {
    if (first === undefined || scope === null || scope === undefined) return null;
    const { fromMs, toMs, stepMs } = first;
    return telemetry.seriesByMeasure({ ...scope, ...measures, fromMs: fromMs - leadMs, toMs, stepMs });
  };
  const sides = { candidate: stepsOf(first?.candidate), control: stepsOf(first?.control) };
  return (request) => pointsOf(request, sides);
}

type Steps = ReadonlyMap<string, SeriesStep[]>;

function pointsOf(
  request: SeriesRequest,
  sides: { candidate: Steps | null; control: Steps | null },
): z.input<typeof ComparePoint>[] {
  const candidate = slidingWindows(request, sides.candidate);
  const control = sides.control === null ? null : slidingWindows(request, sides.control);
  return endsOf(request).map((atMs, index) => {
    const candidatePoint = toPoint(request.metric, candidate[index]);
    const controlPoint = control === null ? null : toPoint(request.metric, control[index]);
    return {
      at: atMs,
      candidate: candidatePoint,
      control: controlPoint,
      provisional: atMs > request.settledMs,
      breaching: isBreaching(request.threshold, candidatePoint, controlPoint),
    };
  });
}

/** Null without any data: a gap, never a zero. */
export function toPoint(metric: Metric, aggregate: Aggregate | undefined): Point | null {
  return aggregate === undefined || aggregate.count === 0 ? null : metricPoint(metric, aggregate);
}

function endsOf({ fromMs, toMs, stepMs }: SeriesRequest): number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((toMs - fromMs) / stepMs)) },
    (_, index) => fromMs + (index + 1) * stepMs,
  );
}

/** Steps of one window. */
function widthOf({ windowMs, stepMs }: SeriesRequest): number {
  return Math.max(1, Math.round(windowMs / stepMs));
}

function slidingWindows(request: SeriesRequest, steps: Steps | null): Aggregate[] {
  const { stepMs, metric } = request;
  const lengthMs = widthOf(request) * stepMs;
  const byStart = new Map(steps?.get(aggregateKey(metric))?.map((step) => [step.startMs, step.aggregate]));
  return endsOf(request).map((endMs) => {
    const parts: Aggregate[] = [];
    for (let startMs = endMs - lengthMs; startMs < endMs; startMs += stepMs) {
      const part = byStart.get(startMs);
      if (part !== undefined) parts.push(part);
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : mergeAggregates(parts);
  });
}

function isBreaching(threshold: Threshold | null, candidate: Point | null, control: Point | null): boolean {
  if (threshold === null || candidate === null || candidate.value === null) return false;
  if (candidate.count < threshold.minRequests) return false;
  return checkThreshold(threshold, candidate.value, control?.value ?? undefined) !== undefined;
}
