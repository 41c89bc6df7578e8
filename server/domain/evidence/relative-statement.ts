/** The statement that a `max_increase` or `max_decrease` threshold makes about a candidate and a concurrent control. */
import type { ThresholdAction } from "@/server/domain/vocabulary";
import type { Statement } from "./absolute-statement";
import { PAIRED_DELTA, meanSource } from "./absolute-statement";
import type { Metric } from "@/server/domain/metric/metric";
import { DEFAULTS, metricClass, tentEdgesOf } from "./metric-class";
import type { PairWeights, RelativeTest } from "./rule-config";

interface RelativeLimit {
  readonly side: "max_increase" | "max_decrease";
  /** Allowed change as a share of the control's value. */
  readonly value: number;
  readonly paired: boolean;
  readonly action: ThresholdAction;
}

/** The cut on the body of a distribution: it sees a shift of everything sooner than the tail does. */
const BODY_CUT = 0.75;

/** The statement, or why there is none. */
export function relativeStatement(metric: Metric, limit: RelativeLimit): Statement | string {
  const { side, value } = limit;
  const top = side === "max_decrease" ? 1 : Infinity;
  if (!(value >= 0 && value < top)) return `${side}: ${value} must be a share of the control's value, 0.15 for 15 %`;
  switch (metric.kind) {
    case "rate":
      return rateStatement(metric, limit);
    case "quantile":
      return quantileStatement(metric, limit);
    case "mean":
    case "score":
      return meanStatement(metric, limit);
    case "sum":
    case "request_count":
      return "depends on each track's share of traffic and cannot be compared; compare a mean or a rate";
  }
}

/** A decrease of the rate is one of its complement: 1 − f_B ≥ (1−d)·(1 − f_A) reads f_B ≤ (1−d)·f_A + d. */
function rateStatement(metric: Extract<Metric, { kind: "rate" }>, limit: RelativeLimit): Statement {
  const { side, value, paired } = limit;
  const margin = side === "max_increase" ? { rho: 1 + value, delta: 0 } : { rho: 1 - value, delta: value };
  const { proofRho } = DEFAULTS[metricClass(metric)];
  const proofMargin = value === 0 ? { rho: proofRho, delta: 0 } : margin;
  const byPairs = paired && value === 0;
  return {
    test: { axis: "relative", relative: byPairs ? { kind: "paired_rate" } : { kind: "rate", margin, proofMargin } },
    counted: {
      source: { kind: "event", name: metric.event },
      event: { is: side === "max_increase" ? "happened" : "missing" },
      sketch: false,
      ...(byPairs ? { pair: pairWeights(limit) } : {}),
    },
  };
}

function quantileStatement(metric: Extract<Metric, { kind: "quantile" }>, limit: RelativeLimit): Statement {
  const worse = limit.side === "max_increase" ? "high" : "low";
  const q = worse === "high" ? metric.q : 1 - metric.q;
  return {
    test: {
      axis: "relative",
      relative: { kind: "quantile", worse, ...factors(metric, limit), cuts: q > BODY_CUT ? [q, BODY_CUT] : [q] },
    },
    counted: { source: { kind: "measure", name: metric.measure }, event: { is: "any" }, sketch: true },
  };
}

function meanStatement(metric: Extract<Metric, { kind: "mean" | "score" }>, limit: RelativeLimit): Statement {
  const edges = tentEdgesOf(metric);
  const isScore = metric.kind === "score";
  const byPairs = isScore && limit.paired;
  const unpaired: RelativeTest = {
    kind: "mean",
    worse: limit.side === "max_increase" ? "high" : "low",
    lo: 0,
    hi: isScore ? 1 : undefined,
    edges,
    ...factors(metric, limit),
  };
  return {
    test: { axis: "relative", relative: byPairs ? pairedScoreTest(limit) : unpaired },
    counted: {
      source: meanSource(metric),
      event: { is: "any" },
      tentEdges: edges,
      sketch: false,
      ...(byPairs ? { pair: pairWeights(limit) } : {}),
    },
  };
}

/** "No change at all" is tested by the shift test where a person looks at the answer, else with a margin of 0.01. */
function pairedScoreTest({ value, action }: RelativeLimit): RelativeTest {
  if (value > 0) return { kind: "paired_mean", delta: 0 };
  return action === "rollback" ? { kind: "paired_mean", delta: PAIRED_DELTA } : { kind: "paired_shift" };
}

/** Differences that are negative when the candidate is worse than allowed, scaled to stay within [−1, 1]. */
function pairWeights({ side, value }: RelativeLimit): PairWeights {
  return side === "max_increase" ? { candidate: -1 / (1 + value), control: 1 } : { candidate: 1, control: value - 1 };
}

function factors(metric: Metric, { side, value }: RelativeLimit): { factor: number; proofFactor: number } {
  const { proofRho } = DEFAULTS[metricClass(metric)];
  if (side === "max_increase") return { factor: 1 + value, proofFactor: Math.max(1 + value, proofRho) };
  return { factor: 1 - value, proofFactor: Math.min(1 - value, 1 / proofRho) };
}
