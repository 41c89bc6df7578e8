/** Whom a failed release answered while it was bad, and what that cost beyond the concurrent control. */
import type { ImpactRow } from "@/server/domain/incident/impact";
import { metricUnit, parseMetric } from "@/server/domain/metric/metric";
import { toRfc3339 } from "@/server/domain/time";
import { countWords } from "@/server/domain/words/count-words";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { compared, measuredMetrics } from "./incident-compare";
import type { IncidentImpactView } from "./incident-impact-view";
import { IN_SEGMENTS, segmentImpacts, type SegmentImpact } from "./incident-segments";
import { loadIncidentStory, type IncidentStory } from "./incident-story";
import { links } from "./links";

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

/** What was measured, before it is put into the words of an answer. */
export interface MeasuredImpact {
  readonly fromMs: number;
  readonly toMs: number;
  readonly requests: number;
  readonly errors: number;
  /** Null when it cannot be said. */
  readonly subjects: number | null;
  readonly controlRequests: number;
  readonly rows: readonly ImpactRow[];
  readonly segments: readonly SegmentImpact[];
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
    segments: impact.segments.map(segmentView),
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
  const pair = { application, releaseId, controlId: story.controlId };
  const broken = story.breaches.map(({ violation }) => violation.metric);
  const measured = (also: readonly string[]) => measuredMetrics(deps, { pair, range, names: [...broken, ...also] });
  const subjects = telemetry.distinctSubjects({ application, releaseId, ...range });
  return {
    ...range,
    requests,
    errors: own.reduce((sum, { errors }) => sum + errors, 0),
    // Nobody at all is no answer: no subject was sent, or the requests themselves have been deleted.
    subjects: subjects === 0 && requests > 0 ? null : subjects,
    controlRequests: traffic
      .filter((row) => row.releaseId === story.controlId)
      .reduce((sum, { count }) => sum + count, 0),
    rows: measured(ALWAYS).map((metric) => compared(deps, { pair, metric, range }).row),
    segments: segmentImpacts(deps, { pair, metrics: measured(IN_SEGMENTS), range, requests }),
  };
}

/** A segment's impact as answers show it. */
export function segmentView({
  key,
  value,
  worst,
  requests,
  share,
  harm,
  explains,
}: SegmentImpact): IncidentImpactView["segments"][number] {
  return {
    segment: `${key}=${value}`,
    requests,
    share,
    harm,
    explains,
    worst: worst === null ? null : rowView(worst),
  };
}

function rowView(row: ImpactRow): IncidentImpactView["rows"][number] {
  const metric = parseMetric(row.metric);
  return { ...row, unit: metric === undefined ? "number" : metricUnit(metric) };
}

function sentenceOf(releaseId: string, { requests, subjects, segments }: MeasuredImpact): string {
  const of = subjects === null ? "" : ` of ${countWords(subjects, "subject")}`;
  const hurt = segments.filter(({ harm }) => harm === "concentrated").map(({ key, value }) => `${key}=${value}`);
  const where =
    hurt.length === 0 ? "; no segment stands out" : `; clearly worse than the control in ${hurt.join(", ")}`;
  return `${releaseId} answered ${countWords(requests, "request")}${of} while it was bad${where}.`;
}
