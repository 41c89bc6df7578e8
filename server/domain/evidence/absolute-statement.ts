/** The statement that a `max` or `min` threshold makes about a candidate, with the comparison that attributes a breach. */
import type { Metric } from "@/server/domain/metric/metric";
import { DEFAULTS, metricClass, tentEdgesOf } from "./metric-class";
import type { Counted, PairWeights, RelativeTest, RuleTest } from "./rule-config";

/** A statement with what it needs counted. */
export interface Statement {
  readonly test: RuleTest;
  readonly counted: Counted;
}

interface AbsoluteLimit {
  readonly side: "max" | "min";
  readonly value: number;
  /** Compare with the control to attribute a breach. */
  readonly attributed: boolean;
  /** Both arms answer the same requests. */
  readonly paired: boolean;
}

/** By how much the mean difference of a pair of scores may be negative. */
export const PAIRED_DELTA = 0.01;

/** Values of a mean above this many times its limit count as that where a bound is needed: in proofs and for `min`. */
const CAP_FACTOR = 8;

/** The statement, or why there is none. */
export function absoluteStatement(metric: Metric, limit: AbsoluteLimit): Statement | string {
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
      return "grows with traffic, so no sample of requests can break it; limit a mean or a rate, or use evidence: window";
  }
}

/** A `min` limit is turned into a `max` limit on the complement, so that the counted event is the minority. */
function rateStatement(
  metric: Extract<Metric, { kind: "rate" }>,
  { side, value, attributed, paired }: AbsoluteLimit,
): Statement | string {
  const limit = side === "max" ? value : complement(value);
  if (!(limit >= 0 && limit < 1))
    return `${side}: ${value} must be a rate ${side === "max" ? "from 0 to below 1" : "above 0 up to 1"}`;
  const { rho } = DEFAULTS[metricClass(metric)];
  const byPairs = attributed && paired && rho === 1;
  const twin: RelativeTest = byPairs ? { kind: "paired_rate" } : rateTwin(rho);
  return {
    test: { axis: "absolute", absolute: { kind: "rate", limit }, twin: attributed ? twin : null },
    counted: {
      source: { kind: "event", name: metric.event },
      event: { is: side === "max" ? "happened" : "missing" },
      sketch: false,
      ...(byPairs ? { pair: LOWER_IS_WORSE } : {}),
    },
  };
}

/** "p95 above L" and "more than 5 % of requests above L" are one statement: no quantile is estimated. */
function quantileStatement(
  metric: Extract<Metric, { kind: "quantile" }>,
  { side, value, attributed }: AbsoluteLimit,
): Statement | string {
  if (!Number.isFinite(value)) return `${side}: ${value} must be a finite number`;
  const limit = side === "max" ? complement(metric.q) : metric.q;
  const { rho } = DEFAULTS[metricClass(metric)];
  return {
    test: { axis: "absolute", absolute: { kind: "rate", limit }, twin: attributed ? rateTwin(rho) : null },
    counted: {
      source: { kind: "measure", name: metric.measure },
      event: { is: side === "max" ? "above" : "below", limit: value },
      sketch: false,
    },
  };
}

/** 1 − share, without the noise of the last bits: 0.05 for 0.95. */
function complement(share: number): number {
  return Math.round((1 - share) * 1e12) / 1e12;
}

function rateTwin(rho: number): RelativeTest {
  const margin = { rho, delta: 0 };
  return { kind: "rate", margin, proofMargin: margin };
}

const LOWER_IS_WORSE: PairWeights = { candidate: 1, control: -1 };
const HIGHER_IS_WORSE: PairWeights = { candidate: -1, control: 1 };

function meanStatement(
  metric: Extract<Metric, { kind: "mean" | "score" }>,
  { side, value, attributed, paired }: AbsoluteLimit,
): Statement | string {
  const edges = tentEdgesOf(metric);
  const top = edges.at(-1) ?? 1;
  if (!(value > 0 && value < top)) return `${side}: ${value} must lie between 0 and ${top}, both excluded`;
  const byPairs = attributed && paired && metric.kind === "score";
  const twin = byPairs ? ({ kind: "paired_mean", delta: PAIRED_DELTA } as const) : meanTwin(metric, side);
  return {
    test: {
      axis: "absolute",
      absolute: { kind: "mean", side, limit: value, lo: 0, hi: capOf(metric, value), edges },
      twin: attributed ? twin : null,
    },
    counted: {
      source: meanSource(metric),
      event: { is: side === "max" ? "above" : "below", limit: value },
      tentEdges: edges,
      sketch: false,
      ...(byPairs ? { pair: side === "max" ? HIGHER_IS_WORSE : LOWER_IS_WORSE } : {}),
    },
  };
}

/** A score's top, or the first edge from which a value counts as extreme. */
function capOf(metric: Extract<Metric, { kind: "mean" | "score" }>, limit: number): number {
  const edges = tentEdgesOf(metric);
  const extreme = metric.kind === "score" ? undefined : edges.find((edge) => edge >= CAP_FACTOR * limit);
  return extreme ?? edges.at(-1) ?? limit;
}

function meanTwin(metric: Extract<Metric, { kind: "mean" | "score" }>, side: "max" | "min"): RelativeTest {
  const { rho } = DEFAULTS[metricClass(metric)];
  const factor = side === "max" ? rho : 1 / rho;
  return {
    kind: "mean",
    worse: side === "max" ? "high" : "low",
    lo: 0,
    hi: metric.kind === "score" ? 1 : undefined,
    edges: tentEdgesOf(metric),
    factor,
    proofFactor: factor,
  };
}

/** Where the values of a mean come from. */
export function meanSource(metric: Extract<Metric, { kind: "mean" | "score" }>): Counted["source"] {
  return metric.kind === "score" ? { kind: "score", name: metric.name } : { kind: "measure", name: metric.measure };
}
