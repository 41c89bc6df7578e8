/** What is odd about the newest requests, counted by SQLite: the rows themselves would be thousands. */
import type Database from "better-sqlite3";
import { CLOCK_AHEAD_MS, LATE_MS } from "@/server/domain/health/telemetry-health";
import { TRACKS } from "@/server/domain/vocabulary";
import type { QualityGroup } from "@/server/store/telemetry-reader";
import type { ReadingDictionary, StoredWord } from "./dictionary";
import { RELEASE_SOURCES } from "./request-columns";

interface GroupRow {
  release: StoredWord | null;
  track: number;
  release_source: number;
  flags: StoredWord | null;
  sources: StoredWord | null;
  has_ttft: number;
  count: number;
  ahead: number;
  least_after: number;
  late: number;
  newest_ms: number;
}

/** Reads one database. */
export class QualityReads {
  readonly #dictionary: ReadingDictionary;
  readonly #groups: Database.Statement<[StoredWord, number, number, number], GroupRow>;

  constructor(database: Database.Database, dictionary: ReadingDictionary) {
    this.#dictionary = dictionary;
    this.#groups = database.prepare(
      `SELECT release, track, release_source, flags, sources, ttft_us IS NOT NULL AS has_ttft, count(*) AS count,
         total(received_after_ms < ${-CLOCK_AHEAD_MS}) AS ahead, min(received_after_ms) AS least_after,
         total(received_after_ms - coalesce(duration_us, 0) / 1000 > ${LATE_MS}) AS late, max(time_ms) AS newest_ms
       FROM (SELECT release, track, release_source, flags, sources, ttft_us, duration_us, received_after_ms, time_ms
             FROM requests WHERE application = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms DESC LIMIT ?)
       GROUP BY release, track, release_source, flags, sources, has_ttft`,
    );
  }

  /** See `TelemetryReader.quality`. */
  groups(query: { application: string; fromMs: number; toMs: number; limit: number }): QualityGroup[] {
    const application = this.#dictionary.stored("application", query.application);
    return this.#groups.all(application, query.fromMs, query.toMs, query.limit).map((row) => ({
      releaseId: row.release === null ? null : this.#dictionary.word(row.release),
      track: TRACKS[row.track] ?? "control",
      releaseSource: RELEASE_SOURCES[row.release_source] ?? "unknown",
      // What the writer itself has put there.
      flags: row.flags === null ? [] : (JSON.parse(this.#dictionary.word(row.flags)) as string[]),
      sources: row.sources === null ? null : (JSON.parse(this.#dictionary.word(row.sources)) as Record<string, string>),
      hasTtft: row.has_ttft === 1,
      count: row.count,
      ahead: row.ahead,
      mostAheadMs: Math.max(0, -row.least_after),
      late: row.late,
      newestMs: row.newest_ms,
    }));
  }
}
