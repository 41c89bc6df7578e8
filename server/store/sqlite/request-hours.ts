/**
 * In which hours a release or a track has requests, by the sums per hour: a list that looks for them need not look at
 * millions of requests before or after, nor at any when there are none. Sums are kept as long as their requests.
 */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import type { RequestFilter } from "@/server/store/telemetry-reader";
import type { ReadingDictionary } from "./dictionary";
import type { SeriesCatalog, SeriesRow } from "./series-catalog";
import { rowId, startOfRow } from "./tiers";

const HOUR_MS = 3_600_000;

/** Reads one database. */
export class RequestHours {
  readonly #dictionary: ReadingDictionary;
  readonly #series: SeriesCatalog;
  readonly #first: Database.Statement<[number, number], { id: number }>;
  readonly #last: Database.Statement<[number, number], { id: number }>;

  constructor(database: Database.Database, dictionary: ReadingDictionary, series: SeriesCatalog) {
    this.#dictionary = dictionary;
    this.#series = series;
    const inOrder = "SELECT id FROM rollups_1h WHERE id >= ? AND id < ? ORDER BY id";
    this.#first = database.prepare(`${inOrder} LIMIT 1`);
    this.#last = database.prepare(`${inOrder} DESC LIMIT 1`);
  }

  /** The filter with its range cut down to those hours; undefined: no request matches. */
  narrow<T extends RequestFilter>(filter: T): T | undefined {
    const matching = this.#matching(filter);
    if (matching === undefined) return filter;
    let [fromMs, toMs] = [Infinity, -Infinity];
    for (const { id } of matching) {
      const start = rowId(id, filter.fromMs ?? 0, HOUR_MS);
      const end = filter.toMs === undefined ? rowId(id + 1, 0, HOUR_MS) : rowId(id, filter.toMs, HOUR_MS) + 1;
      const [first, last] = [this.#first.get(start, end), this.#last.get(start, end)];
      if (first === undefined || last === undefined) continue;
      fromMs = Math.min(fromMs, startOfRow(first.id, HOUR_MS));
      toMs = Math.max(toMs, startOfRow(last.id, HOUR_MS) + HOUR_MS);
    }
    if (fromMs > toMs) return undefined;
    return { ...filter, fromMs: Math.max(fromMs, filter.fromMs ?? 0), toMs: Math.min(toMs, filter.toMs ?? Infinity) };
  }

  /** The sums of what is asked for; undefined where they cannot tell. */
  #matching({ application, releaseId, track }: RequestFilter): SeriesRow[] | undefined {
    if (application === undefined || (releaseId === undefined && track === undefined)) return undefined;
    const id = this.#dictionary.idOf("application", application);
    const whole = id === undefined ? [] : this.#series.of(id).filter((series) => series.segment_key === 0);
    const release = releaseId === undefined ? undefined : this.#dictionary.idOf("release", releaseId);
    const ofRelease = releaseId === undefined ? whole : whole.filter((series) => series.release === release);
    // A release beyond those that have sums of their own.
    if (ofRelease.length === 0 && release !== undefined) return undefined;
    return track === undefined ? ofRelease : ofRelease.filter((series) => series.track === TRACKS.indexOf(track));
  }
}
