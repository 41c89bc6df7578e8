/**
 * From stored arrival-time sums to the buckets the evidence engine reads. Counts and sums are exact; values beyond a
 * limit are counted conservatively from the histogram, never too many.
 */
import type { ArmBucket, EvidenceBucket } from "@/server/domain/evidence/bucket";
import { EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { emptyTent, tentAdd, type TentEdges } from "@/server/domain/evidence/tent-histogram";
import { metricScale, scaleOf, type Aggregate } from "@/server/domain/window/aggregate";
import type { EvidenceSums } from "./evaluation-telemetry";
import { EVALUATION_STEP_MS, type Comparison } from "./rule-windows";

/** Arrival buckets are closed once this has passed since their end: data that comes later goes into the next. */
export const LATENESS_MS = 15_000;

/**
 * Stored buckets do not say who the subjects of bad events were. The engine's own guard is met by these marks; the
 * controller asks for real subjects before it acts on a breach (`hasEnoughSubjects`).
 */
const SUBJECTS_ARE_CHECKED_LATER = ["a", "b", "c"] as const;

/** The key of a rule's series in the stored rows. */
export function sourceKey({ counted }: RuleConfig): string {
  return counted.source.kind === "measure" ? counted.source.name : `${counted.source.kind}:${counted.source.name}`;
}

/** All buckets of one rule in `[fromMs, toMs)`, empty ones included: an empty bucket is time that passed. */
export function evidenceBuckets(
  rows: readonly EvidenceSums[],
  { rule, comparison, fromMs, toMs }: { rule: RuleConfig; comparison: Comparison; fromMs: number; toMs: number },
): EvidenceBucket[] {
  const candidate = armRows(rows, { rule, releaseId: comparison.candidateId, track: comparison.candidateTrack });
  const control = armRows(rows, { rule, releaseId: comparison.controlId, track: "control" });
  const buckets: EvidenceBucket[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += EVALUATION_STEP_MS) {
    buckets.push({
      startMs,
      endMs: startMs + EVALUATION_STEP_MS,
      candidate: armBucket(rule, candidate.get(startMs)),
      control: armBucket(rule, control.get(startMs)),
    });
  }
  return buckets;
}

function armRows(
  rows: readonly EvidenceSums[],
  arm: { rule: RuleConfig; releaseId: string | null; track: string },
): Map<number, Aggregate> {
  const { rule, releaseId, track } = arm;
  const measure = sourceKey(rule);
  const key = rule.segment?.name ?? "";
  const value = rule.segment?.value ?? "";
  const own = rows.filter(
    (row) =>
      row.measure === measure &&
      row.releaseId === releaseId &&
      row.track === track &&
      row.segmentKey === key &&
      row.segmentValue === value,
  );
  return new Map(own.map((row) => [row.startMs, row.aggregate]));
}

/** One arm's sums as the rule counts them. */
export function armBucket(rule: RuleConfig, aggregate: Aggregate | undefined): ArmBucket {
  if (aggregate === undefined || aggregate.count === 0) return EMPTY_ARM;
  const { counted } = rule;
  const events = countEvents(rule, aggregate);
  return {
    n: aggregate.count,
    events,
    badSubjects: events > 0 ? SUBJECTS_ARE_CHECKED_LATER : [],
    ...(counted.tentEdges === undefined ? {} : { tent: tentOf(aggregate, counted.tentEdges, scaleOfRule(rule)) }),
    ...(counted.sketch && aggregate.histogram !== undefined ? { bins: aggregate.histogram.bins() } : {}),
  };
}

function countEvents(rule: RuleConfig, aggregate: Aggregate): number {
  const { event } = rule.counted;
  const scale = scaleOfRule(rule);
  switch (event.is) {
    case "happened":
      return aggregate.events;
    case "missing":
      return aggregate.count - aggregate.events;
    case "any":
      return aggregate.count;
    case "above":
      return aggregate.histogram?.countAbove(event.limit * scale) ?? 0;
    case "below":
      return aggregate.histogram?.countBelow(event.limit * scale) ?? 0;
  }
}

function scaleOfRule({ counted: { source } }: RuleConfig): number {
  switch (source.kind) {
    case "event":
      return 1;
    case "measure":
      return scaleOf(source.name);
    case "score":
      return metricScale({ kind: "score", name: source.name });
  }
}

/**
 * The values on the rule's edges. A histogram bin's members are taken at one value each, all shifted by one factor so
 * that the sum, and with it the mean, is the exact one; the edges are far wider than the bins.
 */
function tentOf(aggregate: Aggregate, edges: TentEdges, scale: number): number[] {
  const mass = emptyTent(edges);
  const { histogram } = aggregate;
  if (histogram === undefined) return mass;
  let binned = 0;
  histogram.forEachValue((value, times) => (binned += value * times));
  const factor = binned === 0 ? 1 : aggregate.sum / binned;
  histogram.forEachValue((value, times) => tentAdd(mass, edges, (value * factor) / scale, times));
  return mass;
}
