/** Closed arrival buckets for the evidence engine, in order. They are never revised, so reading them twice gives the same. */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import type { EvidenceBucketRow } from "@/server/store/telemetry-reader";
import { cellsOf } from "./bucket-codec";
import type { ReadingDictionary } from "./dictionary";
import { BucketRows } from "./bucket-rows";
import { BUCKET_MS, EVIDENCE_LATENESS_MS, EVIDENCE_TABLE } from "./tiers";
import type { SeriesCatalog, SeriesRow } from "./series-catalog";
import { storedKey } from "./window-reads";

export interface EvidenceQuery {
  application: string;
  releaseIds: readonly string[];
  measures: readonly string[];
  segmentKeys: readonly string[];
  fromMs: number;
  toMs: number;
}

/** Reads evidence of one database. */
export class EvidenceReads {
  readonly #dictionary: ReadingDictionary;
  readonly #clock: () => number;
  readonly #rows: BucketRows;
  readonly #series: SeriesCatalog;

  constructor(
    database: Database.Database,
    shared: { dictionary: ReadingDictionary; series: SeriesCatalog; clock: () => number },
  ) {
    this.#dictionary = shared.dictionary;
    this.#clock = shared.clock;
    this.#series = shared.series;
    this.#rows = new BucketRows(database, { table: EVIDENCE_TABLE, lengthMs: BUCKET_MS });
  }

  /** At the end of a snapshot: what is read next may be of another state of the database. */
  forget(): void {
    this.#rows.forget();
  }

  /** The series as a whole and those of the segment keys asked for; oldest bucket first. */
  buckets(query: EvidenceQuery): EvidenceBucketRow[] {
    const application = this.#dictionary.idOf("application", query.application);
    if (application === undefined) return [];
    const closedToMs = this.#clock() - EVIDENCE_LATENESS_MS - BUCKET_MS + 1;
    const fromMs = Math.ceil(query.fromMs / BUCKET_MS) * BUCKET_MS;
    const toMs = Math.ceil(Math.min(query.toMs, closedToMs) / BUCKET_MS) * BUCKET_MS;
    const keys = new Set([0, ...this.#ids("segmentKey", query.segmentKeys)]);
    const releases = new Set(this.#ids("release", query.releaseIds));
    const measures = this.#measures(query.measures);
    const rows = this.#series
      .of(application)
      .filter((series) => keys.has(series.segment_key) && releases.has(series.release))
      .flatMap((series) => this.#of(series, { fromMs, toMs }, measures));
    // A controller that keeps up reads one bucket at a time.
    return toMs - fromMs <= BUCKET_MS ? rows : rows.toSorted((a, b) => a.startMs - b.startMs);
  }

  #of(
    series: SeriesRow,
    { fromMs, toMs }: { fromMs: number; toMs: number },
    measures: ReadonlyMap<number, readonly string[]>,
  ): EvidenceBucketRow[] {
    if (toMs <= fromMs) return [];
    const place = {
      releaseId: this.#dictionary.word(series.release),
      track: TRACKS[series.track] ?? ("control" as const),
      segmentKey: series.segment_key === 0 ? "" : this.#dictionary.word(series.segment_key),
      segmentValue: series.segment_value === 0 ? "" : this.#dictionary.word(series.segment_value),
    };
    const rows: EvidenceBucketRow[] = [];
    for (const { startMs, data } of this.#rows.of(series.id, { fromMs, toMs })) {
      for (const { measure, cell } of cellsOf(data, (one) => measures.has(one))) {
        for (const key of measures.get(measure) ?? []) rows.push({ startMs, ...place, measure: key, ...cell });
      }
    }
    return rows;
  }

  #ids(kind: "segmentKey" | "release", words: readonly string[]): number[] {
    return words.map((word) => this.#dictionary.idOf(kind, word)).filter((id) => id !== undefined);
  }

  /** Two keys may be kept as one: `requests` and `event:error`. */
  #measures(keys: readonly string[]): Map<number, string[]> {
    const byId = new Map<number, string[]>();
    for (const key of new Set(keys)) {
      const id = this.#dictionary.idOf("measure", storedKey(key));
      if (id !== undefined) byId.set(id, [...(byId.get(id) ?? []), key]);
    }
    return byId;
  }
}
