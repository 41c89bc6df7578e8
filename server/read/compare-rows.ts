/** One row per rule and per usual metric of the Compare screen, worst first. */
import type { z } from "zod";
import { higherIsWorse, metricLabel, metricUnit, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { isUndecided, type Finding } from "@/server/domain/policy/evaluation";
import { limitWords, percentWords } from "@/server/domain/policy/describe-policy";
import { formatDuration } from "@/server/domain/policy/duration";
import type { Threshold } from "@/server/domain/policy/policy";
import { differenceOf } from "@/server/domain/window/difference";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import { readPoints, toPoint, type SeriesRequest } from "./compare-series";
import type { CompareSubject } from "./compare-subject";
import type { MetricPoint } from "./common-view";
import type { CompareRow } from "./compare-view";
import type { ReadDeps } from "./deps";

type Row = z.input<typeof CompareRow>;
type Point = z.input<typeof MetricPoint>;

/** Metrics that are shown although no rule watches them. */
const ALWAYS_SHOWN = [
  "p95_ttft_ms",
  "p95_duration_ms",
  "mean_total_tokens",
  "mean_cost_usd",
  "error_rate",
  "task_completion_rate",
];

/** Worst first. */
export function compareRows(deps: ReadDeps, subject: CompareSubject): Row[] {
  const watched = (subject.policy?.document.thresholds ?? []).map((threshold) => ({
    name: threshold.name,
    request: seriesRequest(subject, threshold.metric, threshold),
  }));
  const names = new Set(watched.map(({ name }) => name));
  const others = shownBesides(deps, subject)
    .filter((name) => !names.has(name))
    .flatMap((name) => {
      const metric = parseMetric(name);
      return metric === undefined ? [] : [{ name, request: seriesRequest(subject, metric, null) }];
    });
  const asked = [...watched, ...others];
  const points = readPoints(
    deps.telemetry,
    asked.map(({ request }) => request),
  );
  return asked
    .map(({ name, request }) => compareRow(deps, { subject, request, name, points: points(request) }))
    .filter((row) => row.threshold !== null || row.candidate.count > 0 || row.control.count > 0)
    .toSorted((a, b) => SEVERITY[a.verdict] - SEVERITY[b.verdict]);
}

/** The usual metrics, and every score that judges gave. */
function shownBesides({ telemetry }: ReadDeps, { application, candidateId, fromMs, toMs }: CompareSubject): string[] {
  const measures = telemetry.measures({ application, releaseId: candidateId, fromMs, toMs });
  const scores = measures.filter((key) => key.startsWith("score:")).map((key) => `${key.slice("score:".length)}_score`);
  return [...ALWAYS_SHOWN, ...scores];
}

const SEVERITY: Readonly<Record<Row["verdict"], number>> = {
  breach: 0,
  environment: 1,
  watch: 2,
  not_comparable: 3,
  collecting: 4,
  no_data: 5,
  pass: 6,
};

function compareRow(deps: ReadDeps, { subject, request, name, points }: RowRequest): Row {
  const { metric, threshold } = request;
  const finding = findingOf(subject, threshold);
  const candidate = finding?.candidate ?? wholeRange(deps, request, request.candidate);
  const control = finding?.control ?? wholeRange(deps, request, request.control);
  const worseHigher = threshold === null ? higherIsWorse(metric) : worseWhenHigher(threshold);
  return {
    metric: name,
    label: metricLabel(metric),
    unit: metricUnit(metric),
    higherIsWorse: worseHigher,
    threshold: threshold === null ? null : thresholdOf(threshold, control.value),
    candidate,
    control,
    delta: deltaOf(candidate, control, worseHigher),
    ...verdictOf(worstFinding(subject, finding), threshold, candidate),
    etaAt: etaOf(subject, threshold, deps.nowMs),
    evidence:
      finding?.evidence === undefined ? null : { log10: finding.evidence.log10, decidesAt: finding.evidence.decidesAt },
    windows: lastWindows(points, {
      windowMs: request.windowMs,
      stepMs: subject.stepMs,
      minRequests: threshold?.minRequests ?? 1,
    }),
    points,
  };
}

interface RowRequest {
  subject: CompareSubject;
  request: SeriesRequest;
  name: string;
  points: Row["points"];
}

/** While all requests are looked at, a limit that is broken in one segment is broken; the segment is named. */
function worstFinding({ evaluation, segment }: CompareSubject, finding: Finding | undefined): Finding | undefined {
  if (finding === undefined || segment !== undefined || finding.verdict === "breach") return finding;
  const broken = evaluation?.findings.find((one) => one.rule === finding.rule && one.verdict === "breach");
  if (broken?.segment === undefined) return finding;
  return broken;
}

function verdictOf(
  finding: Finding | undefined,
  threshold: Threshold | null,
  candidate: Point,
): Pick<Row, "verdict" | "undecided" | "verdictIn" | "detail" | "needed"> {
  if (finding !== undefined) {
    const { verdict, segment, detail, needed } = finding;
    return { verdict, undecided: isUndecided(finding), verdictIn: segment ?? null, detail, needed };
  }
  const unjudged = { undecided: false, verdictIn: null, needed: null };
  if (threshold !== null) return { ...unjudged, verdict: "no_data", detail: "not evaluated yet" };
  return { ...unjudged, verdict: candidate.count > 0 ? "pass" : "no_data", detail: "no rule watches this" };
}

function wholeRange(deps: ReadDeps, { metric, fromMs, toMs }: SeriesRequest, scope: TelemetryScope | null): Point {
  if (scope === null) return EMPTY;
  return toPoint(metric, deps.telemetry.aggregate({ ...scope, measure: aggregateKey(metric), fromMs, toMs })) ?? EMPTY;
}

function thresholdOf(threshold: Threshold, controlValue: number | null): NonNullable<Row["threshold"]> {
  const { bound, action, windowMs, consecutive, minRequests } = threshold;
  const value = "limit" in bound ? bound.limit : bound.fraction;
  return {
    text: thresholdText(threshold),
    kind: bound.kind,
    value,
    line: thresholdLine(threshold, controlValue),
    action,
    windowMs,
    consecutive,
    minRequests,
  };
}

/** `max 850 ms over 5m`, `at most 15 % above control over 30m`. */
function thresholdText({ bound, metric, windowMs }: Threshold): string {
  const over = `over ${formatDuration(windowMs)}`;
  switch (bound.kind) {
    case "max":
    case "min":
      return `${bound.kind} ${limitWords(metric, bound.limit)} ${over}`;
    case "max_increase":
      return `at most ${percentWords(bound.fraction)} above control ${over}`;
    case "max_decrease":
      return `at most ${percentWords(bound.fraction)} below control ${over}`;
  }
}

/** Where to draw the limit, in the metric's unit; a relative one moves with the control and needs its value. */
function thresholdLine({ bound }: Threshold, controlValue: number | null): number | null {
  if ("limit" in bound) return bound.limit;
  if (controlValue === null) return null;
  return controlValue * (bound.kind === "max_increase" ? 1 + bound.fraction : 1 - bound.fraction);
}

function deltaOf(candidate: Point, control: Point, worseHigher: boolean): Row["delta"] {
  if (candidate.value === null || control.value === null) return null;
  const difference = differenceOf(estimateOf(candidate, candidate.value), estimateOf(control, control.value));
  return { ...difference, better: difference.absolute !== 0 && difference.absolute < 0 === worseHigher };
}

function estimateOf({ lower, upper }: Point, value: number): { value: number; lower?: number; upper?: number } {
  return { value, ...(lower === null ? {} : { lower }), ...(upper === null ? {} : { upper }) };
}

const EMPTY = { value: null, lower: null, upper: null, count: 0 };

function worseWhenHigher({ bound }: Threshold): boolean {
  return bound.kind === "max" || bound.kind === "max_increase";
}

function seriesRequest(subject: CompareSubject, metric: Metric, threshold: Threshold | null): SeriesRequest {
  const { application, candidateId, controlId, mode, segment, fromMs, toMs, stepMs, settledMs } = subject;
  const within = segment === undefined ? {} : { segment };
  return {
    metric,
    threshold,
    candidate: { application, releaseId: candidateId, track: mode, ...within },
    control: controlId === null ? null : { application, releaseId: controlId, track: "control", ...within },
    fromMs,
    toMs,
    stepMs,
    windowMs: threshold?.windowMs ?? subject.windowMs,
    settledMs,
  };
}

function findingOf({ evaluation, segment }: CompareSubject, threshold: Threshold | null): Finding | undefined {
  if (threshold === null) return undefined;
  const wanted = segment === undefined ? undefined : `${segment.key}=${segment.value}`;
  return evaluation?.findings.find((finding) => finding.rule === threshold.id && finding.segment === wanted);
}

function etaOf({ evaluation }: CompareSubject, threshold: Threshold | null, nowMs: number): number | null {
  const waiting = evaluation?.waitingFor.find((entry) => entry.what === threshold?.name);
  return waiting?.etaMs === null || waiting?.etaMs === undefined ? null : nowMs + waiting.etaMs;
}

/** The last twelve windows that do not overlap, newest last. */
function lastWindows(
  points: Row["points"],
  { windowMs, stepMs, minRequests }: { windowMs: number; stepMs: number; minRequests: number },
): Row["windows"] {
  const stride = Math.max(1, Math.round(windowMs / stepMs));
  const settled = points.filter((point) => !point.provisional);
  const picked = settled.filter((_, index) => (settled.length - 1 - index) % stride === 0).slice(-12);
  return picked.map(({ candidate, breaching }) => {
    if (candidate === null) return "none";
    if (breaching) return "breach";
    return candidate.count < minRequests ? "thin" : "pass";
  });
}
