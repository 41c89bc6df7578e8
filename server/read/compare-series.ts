/**
 * Sliding windows for the charts of the Compare screen: a point every step, each the value of the threshold's own window
 * that ends there, so that a chart shows what the evaluator saw. At most a few hundred points, whatever the range.
 */
import type { z } from "zod";
import type { Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Threshold } from "@/server/domain/policy/policy";
import { checkThreshold } from "@/server/domain/policy/threshold";
import { mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import type { TelemetryReader, TelemetryScope } from "@/server/store/telemetry-reader";
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

/** The points of one metric for both sides, oldest first. */
export function readPoints(telemetry: TelemetryReader, request: SeriesRequest): z.input<typeof ComparePoint>[] {
  const candidate = slidingWindows(telemetry, request, request.candidate);
  const control = request.control === null ? null : slidingWindows(telemetry, request, request.control);
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

function slidingWindows(telemetry: TelemetryReader, request: SeriesRequest, scope: TelemetryScope): Aggregate[] {
  const { fromMs, toMs, stepMs, windowMs, metric } = request;
  const width = Math.max(1, Math.round(windowMs / stepMs));
  const steps = telemetry.series({
    ...scope,
    measure: aggregateKey(metric),
    fromMs: fromMs - (width - 1) * stepMs,
    toMs,
    stepMs,
  });
  const byStart = new Map(steps.map((step) => [step.startMs, step.aggregate]));
  return endsOf(request).map((endMs) => {
    const parts: Aggregate[] = [];
    for (let startMs = endMs - width * stepMs; startMs < endMs; startMs += stepMs) {
      const part = byStart.get(startMs);
      if (part !== undefined) parts.push(part);
    }
    return mergeAggregates(parts);
  });
}

function isBreaching(threshold: Threshold | null, candidate: Point | null, control: Point | null): boolean {
  if (threshold === null || candidate === null || candidate.value === null) return false;
  if (candidate.count < threshold.minRequests) return false;
  return checkThreshold(threshold, candidate.value, control?.value ?? undefined) !== undefined;
}
