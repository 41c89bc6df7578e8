/** Features that requests were served with: only the columns that tell them, for thousands of requests at once. */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import type { ServedRequest, TelemetryReader } from "@/server/store/telemetry-reader";
import type { ReadingDictionary, StoredWord } from "./dictionary";
import type { RequestHours } from "./request-hours";
import { extraOf, segmentsOf, type RequestRow } from "./request-rows";

type ServedRow = Pick<RequestRow, "time_ms" | "release" | "region" | "tenant" | "segments" | "extra">;

/** Reads one database. */
export class ServedReads {
  readonly #dictionary: ReadingDictionary;
  readonly #hours: RequestHours;
  readonly #newest: Database.Statement<[StoredWord, number, number, number, number], ServedRow>;

  constructor(
    database: Database.Database,
    { dictionary, hours }: { dictionary: ReadingDictionary; hours: RequestHours },
  ) {
    this.#dictionary = dictionary;
    this.#hours = hours;
    this.#newest = database.prepare(
      `SELECT time_ms, release, region, tenant, segments, extra FROM requests
       WHERE application = ? AND track = ? AND time_ms >= ? AND time_ms < ?
       ORDER BY time_ms DESC, id DESC LIMIT ?`,
    );
  }

  /** See `TelemetryReader.served`. */
  newest(query: Parameters<TelemetryReader["served"]>[0]): ServedRequest[] {
    const narrowed = this.#hours.narrow(query);
    if (narrowed === undefined) return [];
    const { application, track, fromMs, toMs, limit } = narrowed;
    const dictionary = this.#dictionary;
    const word = (stored: StoredWord | null): string | null => (stored === null ? null : dictionary.word(stored));
    const of = dictionary.stored("application", application);
    return this.#newest.all(of, TRACKS.indexOf(track), fromMs, toMs, limit).map((row) => {
      const { features = [], featureFingerprint = null } = extraOf(row);
      return {
        timeMs: row.time_ms,
        releaseId: word(row.release),
        region: word(row.region),
        tenant: word(row.tenant),
        segments: segmentsOf(row, dictionary),
        features,
        featureFingerprint,
      };
    });
  }
}
