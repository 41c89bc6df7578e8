/**
 * Windows from rollups: each range is covered by the coarsest buckets that fit inside it, finer ones at its edges. Bounds
 * are rounded down to the 10 seconds of the finest bucket.
 */
import type Database from "better-sqlite3";
import type { Track } from "@/server/domain/vocabulary";
import { TRACKS } from "@/server/domain/vocabulary";
import type { Aggregate } from "@/server/domain/window/aggregate";
import { emptyAggregate } from "@/server/domain/window/aggregate";
import type { SeriesStep, TelemetryReader, TelemetryScope } from "@/server/store/telemetry-reader";
import { BucketRows } from "./bucket-rows";
import { addCellsTo, addCellTo, type CellSum, measuresOf, readOffsets } from "./bucket-codec";
import type { ReadingDictionary } from "./dictionary";
import { eventKey } from "./measures";
import type { SeriesCatalog, SeriesRow } from "./series-catalog";
import { BUCKET_MS, TIERS } from "./tiers";

/** A range of whole buckets of one tier. */
interface Cover {
  tier: number;
  fromMs: number;
  toMs: number;
}

/** One bucket of one series on its way into a sum. */
type Visit = (row: { series: SeriesRow; startMs: number; data: Buffer }) => void;

const COARSEST_FIRST = [...TIERS.keys()].toReversed();

/** Reads rollups of one database. */
export class WindowReads {
  readonly #dictionary: ReadingDictionary;
  readonly #tiers: readonly BucketRows[];
  readonly #series: SeriesCatalog;

  constructor(database: Database.Database, dictionary: ReadingDictionary, series: SeriesCatalog) {
    this.#dictionary = dictionary;
    this.#tiers = TIERS.map((tier) => new BucketRows(database, tier));
    this.#series = series;
  }

  /** At the end of a snapshot: what is read next may be of another state of the database. */
  forget(): void {
    for (const tier of this.#tiers) tier.forget();
  }

  /** Steps with data, oldest first, of each measure: a row holds all of them and is read once. */
  steps(scope: TelemetryScope, range: Parameters<TelemetryReader["seriesByMeasure"]>[0]): Map<string, SeriesStep[]> {
    const stepMs = Math.max(BUCKET_MS, floorTo(range.stepMs, BUCKET_MS));
    const fromMs = floorTo(range.fromMs, BUCKET_MS);
    const ids = new Map(range.measures.map((measure) => [measure, this.#measureId(measure)]));
    const withHistogram = new Set(range.quantilesOf.map((measure) => ids.get(measure)));
    const emptySums = (): Map<number | undefined, CellSum> =>
      new Map(
        [...ids.values()].map((id) => [id, { aggregate: emptyAggregate(), hasHistogram: withHistogram.has(id) }]),
      );
    const matching = this.#matching(scope);
    const steps = new Map<number, Map<number | undefined, CellSum>>();
    for (const cover of coverSteps({ fromMs, toMs: floorTo(range.toMs, BUCKET_MS), stepMs })) {
      this.#visit(matching, cover, ({ startMs, data }) => {
        const step = Math.floor((startMs - fromMs) / stepMs);
        let sums = steps.get(step);
        if (sums === undefined) steps.set(step, (sums = emptySums()));
        addCellsTo(sums, data);
      });
    }
    const inOrder = [...steps].toSorted(([a], [b]) => a - b);
    const stepsOf = (id: number | undefined): SeriesStep[] =>
      inOrder.flatMap(([step, sums]) => {
        const aggregate = sums.get(id)?.aggregate;
        return aggregate === undefined || aggregate.count === 0 ? [] : [{ startMs: fromMs + step * stepMs, aggregate }];
      });
    return new Map([...ids].map(([measure, id]) => [measure, stepsOf(id)]));
  }

  /** One sum over the range. */
  total(scope: TelemetryScope, range: { measure: string; fromMs: number; toMs: number }): Aggregate {
    const total = emptyAggregate();
    const measure = this.#measureId(range.measure);
    if (measure === undefined) return total;
    this.#cover(this.#matching(scope), range, ({ data }) => addCellTo(total, data, measure));
    return total;
  }

  /** Requests per value of a segment key, most first. */
  segmentValues(query: {
    application: string;
    releaseId?: string;
    key: string;
    fromMs: number;
    toMs: number;
    limit: number;
  }): { value: string; count: number }[] {
    const key = this.#dictionary.idOf("segmentKey", query.key);
    const requests = this.#measureId("requests");
    if (key === undefined || requests === undefined) return [];
    const release = query.releaseId === undefined ? undefined : this.#releaseOf(query.releaseId);
    const matching = this.#seriesOf(query.application).filter(
      (series) => series.segment_key === key && (release === undefined || series.release === release),
    );
    const counts = new Map<number, Aggregate>();
    this.#cover(matching, query, ({ series, data }) => {
      let sum = counts.get(series.segment_value);
      if (sum === undefined) counts.set(series.segment_value, (sum = emptyAggregate()));
      addCellTo(sum, data, requests);
    });
    return [...counts]
      .map(([value, { count }]) => ({ value: this.#dictionary.word(value), count }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, query.limit);
  }

  /** Names with data in the range. */
  measures(query: { application: string; releaseId?: string; fromMs: number; toMs: number }): string[] {
    const found = new Set<number>();
    this.#cover(this.#matching(query), query, ({ data }) => {
      for (const measure of measuresOf(data)) found.add(measure);
    });
    return [...found]
      .map((measure) => this.#dictionary.word(measure))
      .filter((name) => !name.startsWith("#"))
      .toSorted();
  }

  /** Requests per (release, track), most first. */
  traffic(query: { application: string; fromMs: number; toMs: number; segment?: { key: string; value: string } }): {
    releaseId: string | null;
    track: Track;
    count: number;
    errors: number;
    firstMs: number;
    lastMs: number;
  }[] {
    const errors = this.#measureId("requests");
    if (errors === undefined) return [];
    const found = new Map<SeriesRow, { sum: Aggregate; firstMs: number; lastMs: number }>();
    this.#cover(this.#matching(query), query, ({ series, startMs, data }) => {
      let entry = found.get(series);
      if (entry === undefined)
        found.set(series, (entry = { sum: emptyAggregate(), firstMs: Infinity, lastMs: -Infinity }));
      addCellTo(entry.sum, data, errors);
      const { firstOffsetMs, lastOffsetMs } = readOffsets({ bytes: data, offset: 0 });
      entry.firstMs = Math.min(entry.firstMs, startMs + firstOffsetMs);
      entry.lastMs = Math.max(entry.lastMs, startMs + lastOffsetMs);
    });
    return [...found]
      .map(([series, { sum, firstMs, lastMs }]) => ({
        releaseId: series.release === 0 ? null : this.#dictionary.word(series.release),
        track: TRACKS[series.track] ?? "control",
        count: sum.count,
        errors: sum.events,
        firstMs,
        lastMs,
      }))
      .toSorted((a, b) => b.count - a.count);
  }

  #visit(matching: readonly SeriesRow[], { tier, ...range }: Cover, visit: Visit): void {
    for (const series of matching) {
      for (const { startMs, data } of this.#tiers[tier]?.of(series.id, range) ?? []) visit({ series, startMs, data });
    }
  }

  #cover(matching: readonly SeriesRow[], { fromMs, toMs }: { fromMs: number; toMs: number }, visit: Visit): void {
    const bounds = { fromMs: floorTo(fromMs, BUCKET_MS), toMs: floorTo(toMs, BUCKET_MS) };
    for (const cover of coverOf(bounds)) this.#visit(matching, cover, visit);
  }

  /** The series that a scope adds up. */
  #matching(scope: TelemetryScope): SeriesRow[] {
    const { releaseId, segment } = scope;
    const release = releaseId === undefined ? undefined : releaseId === null ? 0 : this.#releaseOf(releaseId);
    const track = scope.track === undefined ? undefined : TRACKS.indexOf(scope.track);
    const key = segment === undefined ? 0 : (this.#dictionary.idOf("segmentKey", segment.key) ?? -1);
    const value = segment === undefined ? 0 : (this.#dictionary.idOf("segmentValue", segment.value) ?? -1);
    return this.#seriesOf(scope.application).filter(
      (series) =>
        series.segment_key === key &&
        series.segment_value === value &&
        (release === undefined || series.release === release) &&
        (track === undefined || series.track === track),
    );
  }

  #seriesOf(application: string): readonly SeriesRow[] {
    const id = this.#dictionary.idOf("application", application);
    return id === undefined ? [] : this.#series.of(id);
  }

  /** −1, which no series has, for a release that sent nothing. */
  #releaseOf(releaseId: string): number {
    return this.#dictionary.idOf("release", releaseId) ?? -1;
  }

  #measureId(key: string): number | undefined {
    return this.#dictionary.idOf("measure", storedKey(key));
  }
}

/** Every request states whether it failed, so the count of requests is kept as that of `event:error`. */
export function storedKey(key: string): string {
  return key === "requests" ? eventKey("error") : key;
}

/** Covers a whole series of steps: by one tier where the steps lie on its buckets, else step by step. */
function coverSteps({ fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number }): Cover[] {
  if (toMs <= fromMs) return [];
  const endMs = fromMs + Math.ceil((toMs - fromMs) / stepMs) * stepMs;
  for (const tier of COARSEST_FIRST) {
    const lengthMs = TIERS[tier]?.lengthMs ?? BUCKET_MS;
    // Coarser is better only while a step is not many of them: the next finer tier would fit too.
    if (stepMs % lengthMs === 0 && fromMs % lengthMs === 0) return [{ tier, fromMs, toMs: endMs }];
  }
  const covers: Cover[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += stepMs) {
    covers.push(...coverOf({ fromMs: startMs, toMs: startMs + stepMs }));
  }
  return covers;
}

/** Covers `[fromMs, toMs)`, both multiples of 10 s, by as few buckets as there are. */
function coverOf({ fromMs, toMs }: { fromMs: number; toMs: number }, tier = TIERS.length - 1): Cover[] {
  if (toMs <= fromMs) return [];
  const lengthMs = TIERS[tier]?.lengthMs ?? BUCKET_MS;
  if (tier === 0) return [{ tier, fromMs, toMs }];
  const innerFrom = Math.ceil(fromMs / lengthMs) * lengthMs;
  const innerTo = floorTo(toMs, lengthMs);
  if (innerTo <= innerFrom) return coverOf({ fromMs, toMs }, tier - 1);
  return [
    ...coverOf({ fromMs, toMs: innerFrom }, tier - 1),
    { tier, fromMs: innerFrom, toMs: innerTo },
    ...coverOf({ fromMs: innerTo, toMs }, tier - 1),
  ];
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
