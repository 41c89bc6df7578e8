/** A release beside its control over a range, metric by metric: what users got of both. */
import { worsePValue } from "@/server/domain/blame/worse-test";
import { impactRow, type ImpactRow } from "@/server/domain/incident/impact";
import { parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { emptyAggregate, type Aggregate } from "@/server/domain/window/aggregate";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import type { ReadDeps } from "./deps";
import { served } from "./served";

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Who is compared: what a release answered beside what the control answered at the same time. */
export interface Pair {
  readonly application: string;
  readonly releaseId: string;
  /** Null when nothing served beside it. */
  readonly controlId: string | null;
}

/** The metrics of these names, as far as the release's requests carried them; each once, in the given order. */
export function measuredMetrics(
  { telemetry }: ReadDeps,
  { pair, range, names }: { pair: Pair; range: Range; names: readonly string[] },
): Metric[] {
  const { application, releaseId } = pair;
  const measured = new Set(telemetry.measures({ application, releaseId, ...range }));
  return [...new Set(names)].flatMap((name) => {
    const metric = parseMetric(name);
    return metric !== undefined && measured.has(aggregateKey(metric)) ? [metric] : [];
  });
}

/** Sums of both sides over the range, compared; `p` is that of "the release is worse", 1 where it cannot be told. */
export function compared(
  { telemetry }: ReadDeps,
  given: { pair: Pair; segment?: TelemetryScope["segment"]; metric: Metric; range: Range },
): { metric: Metric; row: ImpactRow; p: number; candidate: Aggregate } {
  const { segment, metric, range } = given;
  const { application, releaseId, controlId } = given.pair;
  const query = {
    application,
    ...(segment === undefined ? {} : { segment }),
    measure: aggregateKey(metric),
    ...range,
  };
  const candidate = served(telemetry, { ...query, releaseId });
  const control = controlId === null ? emptyAggregate() : served(telemetry, { ...query, releaseId: controlId });
  const sums = { candidate, control };
  return { metric, row: impactRow(metric, sums), p: worsePValue(metric, sums) ?? 1, candidate };
}
