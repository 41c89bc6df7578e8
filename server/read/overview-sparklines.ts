/** Six small series of the serving release for the last 24 hours: what users got, next to the limits that watch it. */
import { higherIsWorse, metricLabel, metricUnit, parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey, measuresOf } from "@/server/domain/metric/metric-source";
import type { Policy } from "@/server/domain/policy/policy";
import { metricValue } from "@/server/domain/window/aggregate";
import { alignUp, stepsOf } from "@/server/domain/window/window";
import { fillingEnd } from "./bucket";
import type { ReadDeps } from "./deps";
import { links } from "./links";
import { metricPoint } from "./metric-point";
import type { OverviewView } from "./overview-view";

const STEP_MS = 600_000;
const LENGTH_MS = 86_400_000;
const AT_MOST = 6;

/** What pages want to see first; a score takes the first place when there is one. */
const USUAL = ["p95_ttft_ms", "error_rate", "mean_cost_usd", "toxicity_rate", "task_completion_rate"] as const;
/** Taken when a usual one has no data. */
const SPARE = ["p95_duration_ms", "refusal_rate", "policy_violation_rate", "mean_total_tokens"] as const;

/** Only metrics with data; at most six. */
export function readSparklines(
  { telemetry, nowMs }: ReadDeps,
  { application, releaseId, policy }: { application: string; releaseId: string; policy: Policy | undefined },
): OverviewView["sparklines"] {
  const toMs = alignUp(nowMs, STEP_MS);
  const range = { fromMs: toMs - LENGTH_MS, toMs };
  const scope = { application, releaseId, track: "control" as const };
  const present = new Set(telemetry.measures({ application, releaseId, ...range }));
  const chosen = chosenMetrics(present);
  const measures = measuresOf(chosen.map(({ metric }) => metric));
  const series = telemetry.seriesByMeasure({ ...scope, ...measures, ...range, stepMs: STEP_MS });
  return chosen.map(({ name, metric }) => {
    const measure = aggregateKey(metric);
    const byStart = new Map(series.get(measure)?.map((step) => [step.startMs, step.aggregate]));
    const points = stepsOf({ startMs: range.fromMs, endMs: toMs }, STEP_MS).map(({ startMs }) => {
      const aggregate = byStart.get(startMs);
      const value = aggregate === undefined ? undefined : metricValue(metric, aggregate);
      return { at: startMs, value: value ?? null, count: aggregate?.count ?? 0 };
    });
    const recent = telemetry.aggregate({
      ...scope,
      measure,
      fromMs: fillingEnd(nowMs) - STEP_MS,
      toMs: fillingEnd(nowMs),
    });
    return {
      metric: name,
      label: metricLabel(metric),
      unit: metricUnit(metric),
      higherIsWorse: higherIsWorse(metric),
      limit: limitOf(policy, { name, metric }),
      latest: metricPoint(metric, recent),
      points,
      href: links.compare(application, { metric: name }),
    };
  });
}

function chosenMetrics(present: ReadonlySet<string>): { name: string; metric: Metric }[] {
  const score = [...present].filter((key) => key.startsWith("score:")).toSorted()[0];
  const scores = score === undefined ? [] : [`${score.slice("score:".length)}_score`];
  return [...scores, ...USUAL, ...SPARE]
    .flatMap((name) => {
      const metric = parseMetric(name);
      return metric !== undefined && present.has(aggregateKey(metric)) ? [{ name, metric }] : [];
    })
    .slice(0, AT_MOST);
}

/** The policy's fixed limit on the metric, on the side where it is worse; relative limits are no line. */
function limitOf(policy: Policy | undefined, { name, metric }: { name: string; metric: Metric }): number | null {
  const worse = higherIsWorse(metric) ? "max" : "min";
  for (const { name: own, bound } of policy?.thresholds ?? []) {
    if (own === name && bound.kind === worse) return bound.limit;
  }
  return null;
}
