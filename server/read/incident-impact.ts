/** Whom a failed release answered while it was bad, and what that cost beyond the concurrent control. */
import { discoveries } from "@/server/domain/blame/false-discovery";
import { worsePValue } from "@/server/domain/blame/worse-test";
import { impactRow, type ImpactRow } from "@/server/domain/incident/impact";
import { metricUnit, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { toRfc3339 } from "@/server/domain/time";
import { countWords } from "@/server/domain/words/count-words";
import { emptyAggregate } from "@/server/domain/window/aggregate";
import { findApplication } from "@/server/store/control/applications";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import type { IncidentImpactView } from "./incident-impact-view";
import { loadIncidentStory, type IncidentStory } from "./incident-story";
import { links } from "./links";
import { served } from "./served";

/** What is shown where the release has data of it, whatever the policy watches. */
const ALWAYS = [
  "task_completion_rate",
  "error_rate",
  "toxicity_rate",
  "policy_violation_rate",
  "refusal_rate",
  "p95_ttft_ms",
  "mean_total_tokens",
  "mean_cost_usd",
];
/** What every segment is compared in, beside the limits that were broken. */
const IN_SEGMENTS = ["task_completion_rate", "error_rate"];
const VALUES = 20;
const FALSE_DISCOVERIES = 0.05;

/** What was measured, before it is put into the words of an answer. */
export interface MeasuredImpact {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly errors: number;
  readonly subjects: number | null;
  readonly controlRequests: number;
  readonly rows: readonly ImpactRow[];
  readonly segments: readonly SegmentImpact[];
}

export interface SegmentImpact {
  readonly key: string;
  readonly value: string;
  readonly requests: number;
  readonly share: number;
  readonly hurt: boolean;
  readonly worst: ImpactRow | null;
  /** The smallest p-value of what hurts it, 1 where nothing does: for the order. */
  readonly p: number;
}

/**
 * Null for an incident about no release: nothing was measured.
 *
 * @throws DomainError `not_found`.
 */
export function readIncidentImpact(deps: ReadDeps, { incidentId }: { incidentId: string }): IncidentImpactView | null {
  const story = loadIncidentStory(deps, incidentId);
  const { application, releaseId } = story.incident;
  const impact = measureImpact(deps, story);
  if (impact === null || releaseId === null) return null;
  const { fromMs, toMs, requests, errors, subjects } = impact;
  return {
    incidentId,
    application,
    releaseId,
    control: story.controlId === null ? null : { releaseId: story.controlId, requests: impact.controlRequests },
    from: fromMs,
    to: toMs,
    requests,
    errors,
    subjects,
    rows: impact.rows.map(rowView),
    segments: impact.segments.map(({ key, value, worst, requests: count, share, hurt }) => ({
      segment: `${key}=${value}`,
      requests: count,
      share,
      hurt,
      worst: worst === null ? null : rowView(worst),
    })),
    href: links.requests(application, { releaseId, from: toRfc3339(fromMs), to: toRfc3339(toMs) }),
    sentence: sentenceOf(releaseId, impact),
  };
}

/** Null without a release. */
export function measureImpact(deps: ReadDeps, story: IncidentStory): MeasuredImpact | null {
  const { telemetry } = deps;
  const { application, releaseId } = story.incident;
  if (releaseId === null) return null;
  const range = wholeBuckets(story.period.fromMs, story.period.toMs + 1);
  const traffic = telemetry.traffic({ application, ...range }).filter(({ track }) => track !== "shadow");
  const own = traffic.filter((row) => row.releaseId === releaseId);
  const requests = own.reduce((sum, { count }) => sum + count, 0);
  return {
    ...range,
    requests,
    errors: own.reduce((sum, { errors }) => sum + errors, 0),
    subjects: telemetry.distinctSubjects({ application, releaseId, ...range }),
    controlRequests: traffic
      .filter((row) => row.releaseId === story.controlId)
      .reduce((sum, { count }) => sum + count, 0),
    rows: metricsOf(deps, { story, releaseId, range, also: ALWAYS }).map(
      (metric) => compared(deps, { scope: { application }, story, releaseId, metric, range }).row,
    ),
    segments: segmentsOf(deps, { story, releaseId, range, requests }),
  };
}

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Broken limits first, then `also`, as far as they were measured. */
function metricsOf(
  { telemetry }: ReadDeps,
  { story, releaseId, range, also }: { story: IncidentStory; releaseId: string; range: Range; also: readonly string[] },
): Metric[] {
  const measured = new Set(telemetry.measures({ application: story.incident.application, releaseId, ...range }));
  const names = [...new Set([...story.breaches.map(({ violation }) => violation.metric), ...also])];
  return names.flatMap((name) => {
    const metric = parseMetric(name);
    return metric !== undefined && measured.has(aggregateKey(metric)) ? [metric] : [];
  });
}

function compared(
  { telemetry }: ReadDeps,
  given: { scope: TelemetryScope; story: IncidentStory; releaseId: string; metric: Metric; range: Range },
): { row: ImpactRow; p: number } {
  const { scope, story, releaseId, metric, range } = given;
  const query = { ...scope, measure: aggregateKey(metric), ...range };
  const { controlId } = story;
  const sums = {
    candidate: served(telemetry, { ...query, releaseId }),
    control: controlId === null ? emptyAggregate() : served(telemetry, { ...query, releaseId: controlId }),
  };
  return { row: impactRow(metric, sums), p: worsePValue(metric, sums) ?? 1 };
}

function segmentsOf(
  deps: ReadDeps,
  { story, releaseId, range, requests }: { story: IncidentStory; releaseId: string; range: Range; requests: number },
): SegmentImpact[] {
  const { application } = story.incident;
  const keys = findApplication(deps.control, application)?.segments ?? ["region"];
  const metrics = metricsOf(deps, { story, releaseId, range, also: IN_SEGMENTS });
  const tested = keys.flatMap((key) =>
    deps.telemetry.segmentValues({ application, releaseId, key, ...range, limit: VALUES }).map(({ value, count }) => {
      const scope = { application, segment: { key, value } };
      const tests = metrics.map((metric) => compared(deps, { scope, story, releaseId, metric, range }));
      return { key, value, requests: count, share: requests === 0 ? 0 : count / requests, tests };
    }),
  );
  const found = discoveries(
    tested.flatMap(({ tests }) => tests.map(({ p }) => p)),
    FALSE_DISCOVERIES,
  );
  let at = 0;
  return tested
    .map(({ tests, ...segment }) => {
      const hurting = tests.filter(({ row }) => found[at++] === true && row.worse === true);
      const [worst] = hurting.toSorted((a, b) => a.p - b.p);
      return { ...segment, hurt: worst !== undefined, worst: worst?.row ?? null, p: worst?.p ?? 1 };
    })
    .toSorted((a, b) => a.p - b.p || b.requests - a.requests);
}

function rowView(row: ImpactRow): IncidentImpactView["rows"][number] {
  const metric = parseMetric(row.metric);
  return { ...row, unit: metric === undefined ? "number" : metricUnit(metric) };
}

function sentenceOf(releaseId: string, { requests, subjects, segments }: MeasuredImpact): string {
  const of = subjects === null ? "" : ` of ${countWords(subjects, "subject")}`;
  const hurt = segments.filter((segment) => segment.hurt).map(({ key, value }) => `${key}=${value}`);
  const where =
    hurt.length === 0 ? "; no segment stands out" : `; clearly worse than the control in ${hurt.join(", ")}`;
  return `${releaseId} answered ${countWords(requests, "request")}${of} while it was bad${where}.`;
}
