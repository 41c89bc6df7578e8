/** What kind of thing a metric measures, and the defaults that follow from it. Says nothing about where the numbers come from. */
import type { Metric } from "@/server/domain/metric/metric";
import { measureUnit } from "@/server/domain/metric/metric";
import type { TentEdges } from "./tent-histogram";
import { SCORE_EDGES, nonNegativeEdges } from "./tent-histogram";

/** `safety`: what the answer says; `quality`: how good it is; `error`: whether there is one; `resource`: what it costs. */
export type MetricClass = "safety" | "quality" | "error" | "resource";

export interface ClassDefaults {
  /** How much worse than a concurrent control a release may be without being to blame for a broken limit. */
  readonly rho: number;
  /** The margin of "not worse than control" where the policy allows no increase at all: equality cannot be proved. */
  readonly proofRho: number;
  readonly sustainSec: number;
}

export const DEFAULTS: Readonly<Record<MetricClass, ClassDefaults>> = {
  safety: { rho: 1, proofRho: 1.1, sustainSec: 0 },
  quality: { rho: 1, proofRho: 1.1, sustainSec: 0 },
  error: { rho: 1.2, proofRho: 1.2, sustainSec: 0 },
  resource: { rho: 1.1, proofRho: 1.1, sustainSec: 30 },
};

export function metricClass(metric: Metric): MetricClass {
  if (metric.kind === "score") return "quality";
  if (metric.kind !== "rate") return "resource";
  if (metric.event === "error") return "error";
  return metric.event === "task_completion" ? "quality" : "safety";
}

/** Weight of a rule in its family's budget: what harms people is found sooner. */
export function defaultWeight(metric: Metric): number {
  const harms = metric.kind === "rate" && (metric.event === "toxicity" || metric.event === "policy_violation");
  return harms ? 2 : 1;
}

const MS_EDGES = nonNegativeEdges(1, 3_600_000);
const TOKEN_EDGES = nonNegativeEdges(1, 2_000_000);
const USD_EDGES = nonNegativeEdges(1e-6, 100);
const NUMBER_EDGES = nonNegativeEdges(1e-6, 1e9);

/** The tent edges of a score or measure: the same for every rule on it, so that histograms are shared. */
export function tentEdgesOf(metric: Extract<Metric, { kind: "mean" | "score" }>): TentEdges {
  if (metric.kind === "score") return SCORE_EDGES;
  switch (measureUnit(metric.measure)) {
    case "ms":
      return MS_EDGES;
    case "tokens":
      return TOKEN_EDGES;
    case "usd":
      return USD_EDGES;
    case "number":
      return NUMBER_EDGES;
  }
}
