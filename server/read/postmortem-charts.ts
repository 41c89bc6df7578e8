/** Charts of an incident with their numbers: the broken limits where they were broken, and how traffic moved. */
import { metricLabel, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { sampleOf } from "@/server/domain/incident/impact";
import type { FrozenChart } from "@/server/domain/postmortem/chart";
import type { Threshold } from "@/server/domain/policy/policy";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { TelemetryReader, TelemetryScope } from "@/server/store/telemetry-reader";
import { BUCKET_MS } from "./bucket";
import type { ReadDeps } from "./deps";
import type { IncidentStory } from "./incident-story";

/** Broken limits drawn at most. */
const MOST = 3;
/** Points a side. */
const POINTS = 90;
/** Shown before the start and after the end, at least. */
const AROUND_MS = 300_000;

/** Empty for an incident about no release; a chart without data is left out. */
export function incidentCharts(deps: ReadDeps, story: IncidentStory): FrozenChart[] {
  const { incident, breaches } = story;
  const { releaseId } = incident;
  if (releaseId === null) return [];
  const limits = breaches.slice(0, MOST).flatMap(({ violation, threshold, segment }) => {
    const metric = parseMetric(violation.metric);
    return metric === undefined ? [] : [{ metric, segment, threshold }];
  });
  const fallback = { metric: { kind: "rate", event: "error" } as const, segment: undefined, threshold: undefined };
  const traffic = { metric: { kind: "request_count" } as const, segment: undefined, threshold: undefined };
  const subjects = [...(limits.length === 0 ? [fallback] : limits), traffic];
  const charts = subjects.map((subject) => chartOf(deps, { ...subject, story, releaseId }));
  return charts.filter(({ steps }) => steps.length > 0);
}

interface ChartSubject {
  readonly story: IncidentStory;
  readonly releaseId: string;
  readonly metric: Metric;
  readonly segment: { readonly key: string; readonly value: string } | undefined;
  readonly threshold: Threshold | undefined;
}

function chartOf(deps: ReadDeps, { story, releaseId, metric, segment, threshold }: ChartSubject): FrozenChart {
  const { incident, controlId, period } = story;
  const { application, mitigatedAtMs } = incident;
  const place = segment === undefined ? null : `${segment.key}=${segment.value}`;
  const frame = frameOf(deps, story);
  const scope = { application, ...(segment === undefined ? {} : { segment }) };
  const label = metric.kind === "request_count" ? `requests per ${frame.stepMs / 1000} s` : metricLabel(metric);
  return {
    title: place === null ? label : `${label} in ${place}`,
    metric: metricText(metric, threshold),
    segment: place,
    candidateId: releaseId,
    controlId,
    ...frame,
    limit: limitOf(metric, threshold),
    bad: period.startedMs === null ? null : { fromMs: period.startedMs, toMs: mitigatedAtMs ?? period.toMs },
    marks: marksOf(story).filter(({ atMs }) => atMs >= frame.fromMs && atMs <= frame.toMs),
    steps: frozenSteps(deps.telemetry, { scope, metric, releaseId, controlId, frame }),
  };
}

function metricText(metric: Metric, threshold: Threshold | undefined): string {
  if (threshold !== undefined) return threshold.name;
  return metric.kind === "request_count" ? "request_count" : "error_rate";
}

interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Whole buckets around the bad time, in at most `POINTS` steps. */
function frameOf({ nowMs }: ReadDeps, { period, incident }: IncidentStory): Frame {
  const endMs = Math.min(nowMs, incident.drainedAtMs ?? incident.mitigatedAtMs ?? period.toMs);
  const aroundMs = Math.max(AROUND_MS, (endMs - period.fromMs) / 4);
  const fromMs = alignDown(period.fromMs - aroundMs, BUCKET_MS);
  // A bucket that is still filling would look like a fall.
  const toMs = Math.max(
    fromMs + BUCKET_MS,
    Math.min(alignUp(endMs + aroundMs, BUCKET_MS), alignDown(nowMs, BUCKET_MS)),
  );
  const stepMs = alignUp(Math.max(BUCKET_MS, (toMs - fromMs) / POINTS), BUCKET_MS);
  return { fromMs: alignDown(fromMs, stepMs), toMs, stepMs };
}

function limitOf(metric: Metric, threshold: Threshold | undefined): FrozenChart["limit"] {
  if (threshold === undefined || !("limit" in threshold.bound)) return null;
  const { kind, limit } = threshold.bound;
  return { value: limit, words: `${kind} ${formatMetricValue(metric, limit)}` };
}

function marksOf({ period, incident, move }: IncidentStory): FrozenChart["marks"] {
  const times = [
    { atMs: period.startedMs, label: "started" },
    { atMs: incident.detectedAtMs, label: move?.atMs === incident.detectedAtMs ? "detected, rolled back" : "detected" },
    { atMs: move === undefined || move.atMs === incident.detectedAtMs ? null : move.atMs, label: "alias moved" },
    { atMs: incident.drainedAtMs, label: "drained" },
  ];
  return times.flatMap(({ atMs, label }) => (atMs === null ? [] : [{ atMs, label }]));
}

/** Both sides step by step; a step with data on neither side is left out. */
export function frozenSteps(
  telemetry: TelemetryReader,
  given: { scope: TelemetryScope; metric: Metric; releaseId: string; controlId: string | null; frame: Frame },
): FrozenChart["steps"] {
  const { scope, metric, releaseId, controlId, frame } = given;
  const candidate = seriesOf(telemetry, { scope: { ...scope, releaseId }, metric, frame });
  const control =
    controlId === null ? new Map() : seriesOf(telemetry, { scope: { ...scope, releaseId: controlId }, metric, frame });
  const times = [...new Set([...candidate.keys(), ...control.keys()])].toSorted((a, b) => a - b);
  return times.map((atMs) => ({ atMs, candidate: candidate.get(atMs) ?? null, control: control.get(atMs) ?? null }));
}

type SampleAt = Map<number, ReturnType<typeof sampleOf>>;

/** What users got: both tracks that they see. */
function seriesOf(
  telemetry: TelemetryReader,
  { scope, metric, frame }: { scope: TelemetryScope; metric: Metric; frame: Frame },
): SampleAt {
  const query = { ...scope, measure: aggregateKey(metric), ...frame };
  const parts = new Map<number, Aggregate[]>();
  for (const track of ["control", "canary"] as const) {
    for (const { startMs, aggregate } of telemetry.series({ ...query, track })) {
      parts.set(startMs, [...(parts.get(startMs) ?? []), aggregate]);
    }
  }
  return new Map([...parts].map(([startMs, some]) => [startMs, sampleOf(metric, mergeAggregates(some))]));
}
