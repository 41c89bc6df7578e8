/** A release beside its control while it was bad, metric by metric: what users got of both. */
import { worsePValue } from "@/server/domain/blame/worse-test";
import { impactRow, type ImpactRow } from "@/server/domain/incident/impact";
import { parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { emptyAggregate, type Aggregate } from "@/server/domain/window/aggregate";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import type { ReadDeps } from "./deps";
import type { IncidentStory } from "./incident-story";
import { served } from "./served";

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Broken limits first, then `also`, as far as they were measured. */
export function metricsOf(
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

/** Sums of both sides over the range, compared; `p` is that of "the release is worse", 1 where it cannot be told. */
export function compared(
  { telemetry }: ReadDeps,
  given: { scope: TelemetryScope; story: IncidentStory; releaseId: string; metric: Metric; range: Range },
): { metric: Metric; row: ImpactRow; p: number; candidate: Aggregate } {
  const { scope, story, releaseId, metric, range } = given;
  const query = { ...scope, measure: aggregateKey(metric), ...range };
  const { controlId } = story;
  const candidate = served(telemetry, { ...query, releaseId });
  const control = controlId === null ? emptyAggregate() : served(telemetry, { ...query, releaseId: controlId });
  const sums = { candidate, control };
  return { metric, row: impactRow(metric, sums), p: worsePValue(metric, sums) ?? 1, candidate };
}
