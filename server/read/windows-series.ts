/** A metric as a series of windows with count, value and interval; windows without data are there, as gaps. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { metricLabel, metricUnit, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { formatDuration } from "@/server/domain/policy/duration";
import { Time } from "@/server/domain/time";
import { TRACKS, type Track } from "@/server/domain/vocabulary";
import { emptyAggregate, mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import { stepsOf, windowOf, type TimeRange, type Window } from "@/server/domain/window/window";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import { BUCKET_MS } from "./bucket";
import { definedOnly } from "./defined-only";
import type { ReadDeps } from "./deps";

const WINDOW_MS = 300_000;
const HOUR_MS = 3_600_000;
/** Points of one answer. */
const MOST_WINDOWS = 2_000;
/** Steps that make up one window. */
const MOST_STEPS = 360;
/** Younger data may still grow. */
const SETTLE_MS = 30_000;

/** What series to read. `fromMs` is included, `toMs` is not. */
export interface WindowsQuery {
  application: string;
  /** A name of the metric grammar. */
  metric: string;
  releaseId?: string;
  track?: Track;
  segment?: { key: string; value: string };
  /** Length of a window; 5 minutes unless given. */
  windowMs?: number;
  /** From one window's start to the next; a window's length unless given, so that none overlap. */
  stepMs?: number;
  /** An hour before `toMs` unless given. */
  fromMs?: number;
  /** Now unless given. */
  toMs?: number;
}

export const WindowsView = z.object({
  application: z.string(),
  metric: z.string(),
  label: z.string(),
  unit: z.string(),
  releaseId: z.string().nullable(),
  track: z.enum(TRACKS).nullable(),
  segment: z.string().nullable(),
  windowMs: z.number().int(),
  stepMs: z.number().int(),
  /** Oldest first. `value` is null without data; the interval is pointwise 95 % and nothing is decided on it. */
  items: z.array(
    z.object({
      start: Time,
      end: Time,
      count: z.number().int(),
      value: z.number().nullable(),
      lower: z.number().nullable(),
      upper: z.number().nullable(),
      provisional: z.boolean(),
    }),
  ),
});
export type WindowsView = z.input<typeof WindowsView>;

/**
 * Windows start at the multiples of the step that cover `[from, to)`; the first and the last may reach beyond it.
 *
 * @throws DomainError `invalid_input` for steps that do not fit, or for more windows than one answer holds.
 */
export function readWindows(deps: ReadDeps, query: WindowsQuery): WindowsView {
  const { application, metric: name, releaseId, track, segment, windowMs = WINDOW_MS, stepMs = windowMs } = query;
  const metric = requireMetric(name);
  const toMs = query.toMs ?? deps.nowMs;
  const range = { startMs: query.fromMs ?? toMs - HOUR_MS, endMs: toMs };
  requireFitting({ windowMs, stepMs, range });
  const scope = { application, ...definedOnly({ releaseId, track, segment }) };
  const windows = seriesOf(deps, { scope, metric, windowMs, stepMs, range });
  return {
    application,
    metric: name,
    label: metricLabel(metric),
    unit: metricUnit(metric),
    releaseId: releaseId ?? null,
    track: track ?? null,
    segment: segment === undefined ? null : `${segment.key}=${segment.value}`,
    windowMs,
    stepMs,
    items: windows.map(itemOf),
  };
}

function requireMetric(name: string): Metric {
  const metric = parseMetric(name);
  if (metric !== undefined) return metric;
  const message =
    `${name} is not a metric: write one like p95_ttft_ms, mean_cost_usd, error_rate, groundedness_score or ` +
    "request_count";
  throw invalidInput(message, [{ pointer: "/metric", message }]);
}

function requireFitting({ windowMs, stepMs, range }: { windowMs: number; stepMs: number; range: TimeRange }): void {
  const refuse = (field: string, message: string): Error => invalidInput(message, [{ pointer: `/${field}`, message }]);
  if (range.startMs >= range.endMs) throw refuse("from", "from must be before to");
  if (stepMs < BUCKET_MS || stepMs % BUCKET_MS !== 0) throw refuse("step", "a step is a multiple of 10s");
  if (windowMs < stepMs || windowMs % stepMs !== 0) {
    throw refuse("window", `a window is a multiple of the step, ${formatDuration(stepMs)}`);
  }
  if (windowMs / stepMs > MOST_STEPS)
    throw refuse("step", `a window has at most ${MOST_STEPS} steps: lengthen the step`);
  const count = (range.endMs - range.startMs) / stepMs;
  if (count > MOST_WINDOWS) {
    throw refuse(
      "step",
      `${Math.ceil(count)} windows are more than ${MOST_WINDOWS}: shorten the range or lengthen the step`,
    );
  }
}

function seriesOf(
  { telemetry, nowMs }: ReadDeps,
  query: { scope: TelemetryScope; metric: Metric; windowMs: number; stepMs: number; range: TimeRange },
): Window[] {
  const { scope, metric, windowMs, stepMs, range } = query;
  const starts = stepsOf(range, stepMs).map(({ startMs }) => startMs);
  const fromMs = starts[0] ?? range.startMs;
  const lastMs = starts.at(-1) ?? fromMs;
  const steps = telemetry.series({ ...scope, measure: aggregateKey(metric), fromMs, toMs: lastMs + windowMs, stepMs });
  const byStart = new Map(steps.map((step) => [step.startMs, step.aggregate]));
  return starts.map((startMs) => {
    const parts: Aggregate[] = [];
    for (let at = startMs; at < startMs + windowMs; at += stepMs) {
      const part = byStart.get(at);
      if (part !== undefined) parts.push(part);
    }
    const [only] = parts;
    const aggregate = parts.length === 1 && only !== undefined ? only : mergeAggregates(parts);
    return windowOf({
      metric,
      aggregate: parts.length === 0 ? emptyAggregate() : aggregate,
      range: { startMs, endMs: startMs + windowMs },
      settledMs: nowMs - SETTLE_MS,
    });
  });
}

function itemOf({ startMs, endMs, count, value, lower, upper, provisional }: Window): WindowsView["items"][number] {
  return {
    start: startMs,
    end: endMs,
    count,
    value: value ?? null,
    lower: lower ?? null,
    upper: upper ?? null,
    provisional,
  };
}
