/**
 * The judge's answer for other controllers: small, always answerable, and never a pass on missing data. A promoted
 * rollout passes and a stopped one fails for good; a live one fails only on a rollback. How long a step should last is
 * the other controller's own matter, so a pass needs the evidence and not the time.
 */
import { notFound } from "@/server/domain/errors";
import type { Finding, PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { findRollout } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import { readFreshness } from "./freshness";
import { links } from "./links";
import { loadRollout, type LoadedRollout } from "./rollout-summary";
import type { RolloutAnalysisView } from "./rollout-view";
import { etaSeconds, stillWaiting, waitingForView } from "./waiting-for";

type Data = RolloutAnalysisView["data"];

/**
 * @param publicUrl the address people open, without a trailing slash.
 * @throws DomainError `not_found`.
 */
export function readRolloutAnalysis(
  deps: ReadDeps,
  { id, publicUrl = "" }: { id: string; publicUrl?: string },
): RolloutAnalysisView {
  const row = findRollout(deps.control, id);
  if (row === undefined) throw notFound("rollout", id);
  const loaded = loadRollout(deps, row);
  const stale = readFreshness(deps, row.application).state === "stale";
  return {
    data: {
      verdict: verdictOf(loaded, { stale }),
      ...seenData(loaded),
      policy: `${row.policyName}@${row.policyVersion}`,
      url: `${publicUrl}${links.rollout(row.application, row.id)}`,
    },
  };
}

function seenData(
  loaded: LoadedRollout,
): Pick<Data, "decision" | "violations" | "metrics" | "waitingFor" | "etaSeconds" | "evaluationId"> {
  const { evaluation } = loaded;
  if (evaluation === undefined) {
    return {
      decision: "continue",
      violations: [],
      metrics: {},
      waitingFor: [],
      etaSeconds: null,
      evaluationId: null,
    };
  }
  const { row, seen } = evaluation;
  const waiting = stillWaiting(loaded);
  return {
    decision: seen.decision,
    violations: seen.violations,
    metrics: metricsOf(seen),
    waitingFor: waiting.map(waitingForView),
    etaSeconds: etaSeconds(waiting),
    evaluationId: row.id,
  };
}

function verdictOf({ row, evaluation }: LoadedRollout, { stale }: { stale: boolean }): Data["verdict"] {
  if (row.state === "promoted") return "pass";
  if (row.endedAtMs !== null) return "fail";
  const seen = evaluation?.seen;
  if (seen === undefined) return "inconclusive";
  if (seen.decision === "rollback") return "fail";
  if (stale || row.state === "paused" || seen.decision === "pause_for_review") return "inconclusive";
  return seen.waitingFor.every(({ what }) => what === "step duration") ? "pass" : "inconclusive";
}

/** Of several rules on one metric, the first that has data; segments are in the violations. */
function metricsOf(seen: PolicyEvaluation): Data["metrics"] {
  const metrics = new Map<string, Data["metrics"][string]>();
  for (const finding of seen.findings) {
    if (finding.segment !== undefined) continue;
    const known = metrics.get(finding.metric);
    if (known === undefined || known.candidate === null) metrics.set(finding.metric, metricOf(finding));
  }
  return Object.fromEntries(metrics);
}

function metricOf({ candidate, control }: Finding): Data["metrics"][string] {
  const { value, count, lower, upper } = candidate;
  return { candidate: value, control: control.value, n: count, lower, upper };
}
