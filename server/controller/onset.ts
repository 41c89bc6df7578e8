/** When a broken rule began to be broken: for the incident's "started" and for measuring how fast it was detected. */
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import { checkThreshold } from "@/server/domain/policy/threshold";
import { metricValue } from "@/server/domain/window/aggregate";
import { alignDown } from "@/server/domain/window/window";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import type { Comparison } from "./rule-windows";

/** Onset is said to the minute: finer windows of a small canary would be noise. */
const MINUTE_MS = 60_000;

/**
 * Start of the last unbroken run of minutes beyond the limit; minutes without data do not end it. Undefined when no
 * single minute is beyond it, as with a regression that only shows over many.
 */
export function onsetOf(
  telemetry: TelemetryReader,
  {
    violation,
    policy,
    comparison,
    atMs,
  }: { violation: EvaluationViolation; policy: Policy; comparison: Comparison; atMs: number },
): number | undefined {
  const threshold = policy.thresholds.find((one) => one.name === violation.metric && one.action === violation.action);
  if (threshold === undefined) return undefined;
  const { application, candidateId, controlId, candidateTrack, dataFromMs } = comparison;
  const [key, value] = violation.segment?.split("=") ?? [];
  const query = {
    application,
    measure: aggregateKey(threshold.metric),
    fromMs: alignDown(dataFromMs, MINUTE_MS),
    toMs: alignDown(atMs, MINUTE_MS) + MINUTE_MS,
    stepMs: MINUTE_MS,
    ...(key === undefined || value === undefined ? {} : { segment: { key, value } }),
  };
  const control = new Map(
    controlId === null
      ? []
      : telemetry
          .series({ ...query, releaseId: controlId, track: "control" })
          .map((step) => [step.startMs, metricValue(threshold.metric, step.aggregate)]),
  );
  const candidate = telemetry.series({ ...query, releaseId: candidateId, track: candidateTrack });
  let onset: number | undefined;
  for (const step of candidate.toReversed()) {
    const broken = checkThreshold(threshold, metricValue(threshold.metric, step.aggregate), control.get(step.startMs));
    if (broken === undefined && onset !== undefined) break;
    if (broken !== undefined) onset = step.startMs;
  }
  return onset;
}
