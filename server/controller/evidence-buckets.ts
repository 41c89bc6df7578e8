/**
 * From stored arrival-time sums to the buckets the evidence engine reads. Counts and sums are exact; values beyond a
 * limit are counted conservatively from the histogram, never too many.
 */
import type { ArmBucket, EvidenceBucket, PairBucket } from "@/server/domain/evidence/bucket";
import { EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { DIFFERENCE_EDGES, emptyTent, tentAdd, type TentEdges } from "@/server/domain/evidence/tent-histogram";
import { pairKey } from "@/server/domain/metric/metric-source";
import { metricScale, SCORE_SCALE, scaleOf, type Aggregate } from "@/server/domain/window/aggregate";
import type { EvidenceSums } from "./evaluation-telemetry";
import { EVALUATION_STEP_MS, type Comparison } from "./rule-windows";

/** Arrival buckets are closed once this has passed since their end: data that comes later goes into the next. */
export const LATENESS_MS = 15_000;

/**
 * Stored buckets do not say who the subjects of bad events were. The engine's own guard is met by these marks; the
 * controller asks for real subjects before it acts on a breach (`hasEnoughSubjects`).
 */
const SUBJECTS_ARE_CHECKED_LATER = ["a", "b", "c"] as const;
const NO_SUBJECTS: readonly string[] = [];

/** The key of a rule's series in the stored rows. */
export function sourceKey({ counted }: RuleConfig): string {
  return counted.source.kind === "measure" ? counted.source.name : `${counted.source.kind}:${counted.source.name}`;
}

/** One arm of one segment value, or of all requests. */
type Place = Pick<EvidenceSums, "releaseId" | "track" | "segmentKey" | "segmentValue">;
/** The sums of one measure by the start of their bucket. */
type Series = ReadonlyMap<number, EvidenceSums>;
/** By measure. */
type PlaceSums = Map<string, Map<number, EvidenceSums>>;
/** By release, track, segment key and segment value: one joined key would be built anew for each of many lookups. */
type Places = Map<string, Map<string, Map<string, Map<string, PlaceSums>>>>;

/** Stored sums by place and measure, so that many rules read one query's rows without searching them. */
export class EvidenceIndex {
  readonly #places: Places = new Map();
  readonly #rows: readonly EvidenceSums[];

  constructor(rows: readonly EvidenceSums[]) {
    this.#rows = rows;
    let last: EvidenceSums | undefined;
    let sums: PlaceSums = new Map();
    for (const row of rows) {
      // Rows of one bucket and place follow each other.
      if (last === undefined || !isSamePlace(row, last)) sums = this.#sumsOf(row);
      last = row;
      const series = sums.get(row.measure);
      if (series === undefined) sums.set(row.measure, new Map([[row.startMs, row]]));
      else series.set(row.startMs, row);
    }
  }

  /** The sums of a measure at a place. */
  series(place: Place, measure: string): Series {
    return this.#find(place)?.get(measure) ?? NO_ROWS;
  }

  /** Whether there is anything at a place. */
  has(place: Place): boolean {
    return this.#find(place) !== undefined;
  }

  /** Values of a segment key that the candidate has data for, busiest first. */
  segmentValues({ candidateId, candidateTrack }: Comparison, key: string): string[] {
    const counts = new Map<string, number>();
    for (const { segmentKey, segmentValue, releaseId, track, aggregate } of this.#rows) {
      if (segmentKey !== key || releaseId !== candidateId || track !== candidateTrack) continue;
      counts.set(segmentValue, (counts.get(segmentValue) ?? 0) + aggregate.count);
    }
    return [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([value]) => value);
  }

  #find({ releaseId, track, segmentKey, segmentValue }: Place): PlaceSums | undefined {
    return this.#places.get(releaseId)?.get(track)?.get(segmentKey)?.get(segmentValue);
  }

  #sumsOf({ releaseId, track, segmentKey, segmentValue }: Place): PlaceSums {
    return within(within(within(within(this.#places, releaseId), track), segmentKey), segmentValue);
  }
}

const NO_ROWS: Series = new Map();

function isSamePlace(a: Place, b: Place): boolean {
  return (
    a.segmentValue === b.segmentValue &&
    a.segmentKey === b.segmentKey &&
    a.releaseId === b.releaseId &&
    a.track === b.track
  );
}

/** The map under a key; an empty one where there was none. */
function within<K, V>(outer: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let inner = outer.get(key);
  if (inner === undefined) outer.set(key, (inner = new Map()));
  return inner;
}

/** All buckets of one rule in `[fromMs, toMs)`, empty ones included: an empty bucket is time that passed. */
export function evidenceBuckets(
  index: EvidenceIndex,
  { rule, comparison, fromMs, toMs }: { rule: RuleConfig; comparison: Comparison; fromMs: number; toMs: number },
): EvidenceBucket[] {
  const { candidateId, candidateTrack, controlId } = comparison;
  const measure = sourceKey(rule);
  const segment = { segmentKey: rule.segment?.name ?? "", segmentValue: rule.segment?.value ?? "" };
  const candidate = index.series({ ...segment, releaseId: candidateId, track: candidateTrack }, measure);
  const control =
    controlId === null ? NO_ROWS : index.series({ ...segment, releaseId: controlId, track: "control" }, measure);
  const pairs =
    rule.counted.pair === undefined
      ? undefined
      : index.series({ ...segment, releaseId: candidateId, track: candidateTrack }, pairKey(measure));
  const buckets: EvidenceBucket[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += EVALUATION_STEP_MS) {
    buckets.push({
      startMs,
      endMs: startMs + EVALUATION_STEP_MS,
      ...armBuckets(rule, { candidate: candidate.get(startMs), control: control.get(startMs) }),
      ...(pairs === undefined ? {} : { pairs: pairBucket(rule, pairs.get(startMs)) }),
    });
  }
  return buckets;
}

/** Both arms' sums as the rule counts them; values beyond a limit come from one and the same source for both. */
export function armBuckets(
  rule: RuleConfig,
  arms: { candidate: ArmSums | undefined; control: ArmSums | undefined },
): Pick<EvidenceBucket, "candidate" | "control"> {
  const beyond = beyondOf(rule, [arms.candidate, arms.control]);
  return { candidate: armBucket(rule, arms.candidate, beyond), control: armBucket(rule, arms.control, beyond) };
}

const NO_PAIRS: PairBucket = { n: 0, candidateOnly: 0, controlOnly: 0, badSubjects: [] };

/** The scaled middle of a pair's sums: both halves were alike. */
const ALIKE = SCORE_SCALE;

/** A shadow's pairs as the rule weighs them; differences are kept from 0 to 2, 1 where both halves are alike. */
function pairBucket({ counted }: RuleConfig, sums: ArmSums | undefined): PairBucket {
  if (sums === undefined || sums.aggregate.count === 0) return NO_PAIRS;
  const { aggregate } = sums;
  const [less, more] = [countBeyond(aggregate, "below", ALIKE), countBeyond(aggregate, "above", ALIKE)];
  const isScore = counted.source.kind === "score";
  // The candidate's own event, or a score of its that is worse.
  const worseIsMore = isScore ? (counted.pair?.candidate ?? 1) < 0 : counted.event.is !== "missing";
  const [candidateOnly, controlOnly] = worseIsMore ? [more, less] : [less, more];
  const badSubjects = candidateOnly > 0 ? SUBJECTS_ARE_CHECKED_LATER : [];
  const counts = { n: aggregate.count, candidateOnly, controlOnly, badSubjects };
  if (!isScore) return counts;
  const tent = tentOf(aggregate, SHIFTED_EDGES, SCORE_SCALE);
  return { ...counts, tent: worseIsMore ? tent.toReversed() : tent };
}

/** The edges of differences, from 0 to 2: mirrored, they are those of differences the other way round. */
const SHIFTED_EDGES: TentEdges = DIFFERENCE_EDGES.map((edge) => edge + 1);

function armBucket(rule: RuleConfig, sums: ArmSums | undefined, beyond: CountBeyond): ArmBucket {
  if (sums === undefined || sums.aggregate.count === 0) return EMPTY_ARM;
  const { aggregate } = sums;
  const { counted } = rule;
  const { count: n, histogram } = aggregate;
  const events = countEvents(rule, sums, beyond);
  const badSubjects = events > 0 ? SUBJECTS_ARE_CHECKED_LATER : NO_SUBJECTS;
  const bins = counted.sketch ? histogram?.bins() : undefined;
  if (counted.tentEdges === undefined)
    return bins === undefined ? { n, events, badSubjects } : { n, events, badSubjects, bins };
  const tent = tentOf(aggregate, counted.tentEdges, scaleOfRule(rule));
  return bins === undefined ? { n, events, badSubjects, tent } : { n, events, badSubjects, tent, bins };
}

type ArmSums = Pick<EvidenceSums, "aggregate" | "exceedances">;

/** How many of an arm's values are beyond the rule's limit. */
type CountBeyond = (sums: ArmSums) => number;

function countEvents({ counted }: RuleConfig, sums: ArmSums, beyond: CountBeyond): number {
  const { aggregate } = sums;
  switch (counted.event.is) {
    case "happened":
      return aggregate.events;
    case "missing":
      return aggregate.count - aggregate.events;
    case "any":
      return aggregate.count;
    case "above":
    case "below":
      return beyond(sums);
  }
}

/**
 * Counted exactly at the intake while the limit was in force; from the histogram, conservatively, for what came before.
 * One arm exact and the other rounded in its favour would tilt the comparison: both are exact or neither is.
 */
function beyondOf(rule: RuleConfig, arms: readonly (ArmSums | undefined)[]): CountBeyond {
  const { event } = rule.counted;
  if (event.is !== "above" && event.is !== "below") return () => 0;
  const side = event.is;
  const limit = event.limit * scaleOfRule(rule);
  const rounded = ({ aggregate }: ArmSums): number => countBeyond(aggregate, side, limit);
  const exact = ({ exceedances }: ArmSums): number | undefined =>
    exceedances.find((one) => one.side === side && Math.abs(one.limit - limit) < 1e-6 * limit)?.count;
  // Less than what is certainly beyond: the limit came into force within the bucket and the count is a part.
  const isWhole = (sums: ArmSums): boolean => (exact(sums) ?? -1) >= rounded(sums);
  const bothWhole = arms.every((sums) => sums === undefined || sums.aggregate.count === 0 || isWhole(sums));
  return bothWhole ? (sums) => exact(sums) ?? 0 : rounded;
}

function countBeyond({ histogram }: Aggregate, side: "above" | "below", limit: number): number {
  if (histogram === undefined) return 0;
  return side === "above" ? histogram.countAbove(limit) : histogram.countBelow(limit);
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
