/** Whether the restored release's metrics are back inside the limits of the policy that watched the failed one. */
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { metricLabel } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Policy, Threshold } from "@/server/domain/policy/policy";
import { checkThreshold } from "@/server/domain/policy/threshold";
import { violationWords } from "@/server/domain/policy/violation-words";
import { metricValue } from "@/server/domain/window/aggregate";
import { alignDown } from "@/server/domain/window/window";
import { wholeWords } from "@/server/domain/words/number-words";
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { BUCKET_MS } from "./bucket";
import type { ReadDeps } from "./deps";
import type { RollbackProgressView } from "./rollback-preview-view";

type Step = RollbackProgressView["steps"][number];

/** One limit on the restored release, measured since the move. */
interface Reading {
  readonly state: "inside" | "outside" | "collecting";
  readonly words: string;
}

/**
 * Absolute limits only: there is no control to compare with once everything is on one release. Windows begin at the move,
 * so that what the failed release did is not held against the restored one.
 */
export function metricsStep(
  deps: ReadDeps,
  { move, policy }: { move: AliasMoveRow; policy: Policy | undefined },
): Step {
  const name = "metrics_back";
  const limits = (policy?.thresholds ?? []).filter(
    ({ bound, action, dryRun }) => "limit" in bound && action !== "notify" && !dryRun,
  );
  if (policy === undefined || limits.length === 0) {
    return { name, state: "not_applicable", at: null, detail: "no policy sets an absolute limit to compare with" };
  }
  const readings = limits.map((threshold) => readLimit(deps, { move, threshold, settleMs: policy.settleMs }));
  const outside = readings.filter(({ state }) => state === "outside");
  const collecting = readings.filter(({ state }) => state === "collecting");
  const said = (some: readonly Reading[]): string => some.map(({ words }) => words).join("; ");
  if (outside.length > 0) return { name, state: "running", at: null, detail: `still outside: ${said(outside)}` };
  if (collecting.length > 0) {
    return { name, state: "waiting", at: null, detail: `waiting for evidence: ${said(collecting)}` };
  }
  return { name, state: "done", at: null, detail: `back inside every limit: ${said(readings)}` };
}

function readLimit(
  { telemetry, nowMs }: ReadDeps,
  { move, threshold, settleMs }: { move: AliasMoveRow; threshold: Threshold; settleMs: number },
): Reading {
  const { metric, minRequests, windowMs } = threshold;
  const toMs = alignDown(nowMs - settleMs, BUCKET_MS);
  const fromMs = Math.max(toMs - windowMs, alignDown(move.atMs, BUCKET_MS));
  if (fromMs >= toMs) return { state: "collecting", words: `${metricLabel(metric)} 0 of ${minRequests} requests` };
  const aggregate = telemetry.aggregate({
    application: move.application,
    releaseId: move.toReleaseId,
    track: "control",
    measure: aggregateKey(metric),
    fromMs,
    toMs,
  });
  const value = metricValue(metric, aggregate);
  if (value === undefined || aggregate.count < minRequests) {
    return { state: "collecting", words: `${metricLabel(metric)} ${aggregate.count} of ${minRequests} requests` };
  }
  const broken = checkThreshold(threshold, value);
  if (broken !== undefined)
    return { state: "outside", words: `${violationWords(broken)} (n=${wholeWords(aggregate.count)})` };
  return {
    state: "inside",
    words: `${metricLabel(metric)} ${formatMetricValue(metric, value)} (n=${wholeWords(aggregate.count)})`,
  };
}
