/** The telemetry port on SQLite: answers every question of pages, API and controller from telemetry.db. */
import type Database from "better-sqlite3";
import type { TelemetryDatabase } from "@/db/telemetry/open";
import type { Track } from "@/server/domain/vocabulary";
import type { Aggregate } from "@/server/domain/window/aggregate";
import type { StoredRequest } from "@/server/store/stored-request";
import type {
  EvidenceBucketRow,
  QualityGroup,
  RequestFilter,
  SeriesStep,
  ServedRequest,
  TelemetryReader,
  TelemetryScope,
  WindowQuery,
} from "@/server/store/telemetry-reader";
import { ReadingDictionary } from "./dictionary";
import { EvidenceReads } from "./evidence-reads";
import { DUPLICATE, UNATTRIBUTED } from "./measures";
import { packId } from "./packed-id";
import { QualityReads } from "./quality-reads";
import { RequestHours } from "./request-hours";
import { RequestList } from "./request-list";
import { RequestRows } from "./request-rows";
import { RequestSearch } from "./request-search";
import { SeriesCatalog } from "./series-catalog";
import { ServedReads } from "./served-reads";
import { WindowReads } from "./window-reads";

/** Subjects are counted one by one up to here, */
const MOST_SUBJECT_ROWS = 100_000;
/** and only while no more requests of all releases have to be looked at: a tenth of a second, in which no page answers. */
const MOST_EXAMINED = 150_000;

/** Reads telemetry. Each process has its own, on its own connection. */
export class SqliteTelemetryReader implements TelemetryReader {
  readonly #database: Database.Database;
  readonly #dictionary: ReadingDictionary;
  readonly #search: RequestSearch;
  readonly #rows: RequestRows;
  readonly #list: RequestList;
  readonly #served: ServedReads;
  readonly #series: SeriesCatalog;
  readonly #windows: WindowReads;
  readonly #evidence: EvidenceReads;
  readonly #quality: QualityReads;

  /** @param clock epoch ms; says which evidence buckets are closed. */
  constructor({ $client: database }: TelemetryDatabase, clock: () => number = Date.now) {
    this.#database = database;
    this.#dictionary = new ReadingDictionary(database);
    this.#search = new RequestSearch(database);
    this.#rows = new RequestRows(database, this.#dictionary);
    this.#quality = new QualityReads(database, this.#dictionary);
    this.#series = new SeriesCatalog(database);
    const hours = new RequestHours(database, this.#dictionary, this.#series);
    this.#list = new RequestList(database, { dictionary: this.#dictionary, search: this.#search, hours });
    this.#served = new ServedReads(database, { dictionary: this.#dictionary, hours });
    this.#windows = new WindowReads(database, this.#dictionary, this.#series);
    this.#evidence = new EvidenceReads(database, { dictionary: this.#dictionary, series: this.#series, clock });
  }

  series({ measure, ...query }: WindowQuery): SeriesStep[] {
    return this.seriesByMeasure({ ...query, measures: [measure], quantilesOf: [measure] }).get(measure) ?? [];
  }

  seriesByMeasure(query: Parameters<TelemetryReader["seriesByMeasure"]>[0]): Map<string, SeriesStep[]> {
    return this.snapshot(() => this.#windows.steps(query, query));
  }

  aggregate(query: Omit<WindowQuery, "stepMs">): Aggregate {
    return this.snapshot(() => this.#windows.total(query, query));
  }

  segmentValues(query: Parameters<TelemetryReader["segmentValues"]>[0]): { value: string; count: number }[] {
    return this.snapshot(() => this.#windows.segmentValues(query));
  }

  measures(query: { application: string; releaseId?: string; fromMs: number; toMs: number }): string[] {
    return this.snapshot(() => this.#windows.measures(query));
  }

  traffic(query: {
    application: string;
    fromMs: number;
    toMs: number;
    segment?: { key: string; value: string };
  }): { releaseId: string | null; track: Track; count: number; errors: number; firstMs: number; lastMs: number }[] {
    return this.snapshot(() => this.#windows.traffic(query));
  }

  distinctSubjects(query: { application: string; releaseId: string; fromMs: number; toMs: number }): number | null {
    const { application, releaseId, ...range } = query;
    const all = this.aggregate({ application, measure: "requests", ...range });
    const own = this.aggregate({ application, releaseId, measure: "requests", ...range });
    if (all.count > MOST_EXAMINED || own.count > MOST_SUBJECT_ROWS) return null;
    const row = this.#database
      .prepare<unknown[], { subjects: number }>(
        `SELECT count(DISTINCT subject) AS subjects FROM requests
         WHERE application = ? AND time_ms >= ? AND time_ms < ? AND release = ?`,
      )
      .get(
        this.#dictionary.stored("application", application),
        range.fromMs,
        range.toMs,
        this.#dictionary.stored("release", releaseId),
      );
    return row?.subjects ?? 0;
  }

  findRequest({ requestId, application }: { requestId: string; application?: string }): StoredRequest | undefined {
    return this.snapshot(() => {
      const word = application === undefined ? undefined : this.#dictionary.stored("application", application);
      const id = this.#search.byRequestId(requestId, word);
      return id === undefined ? undefined : this.#load(id);
    });
  }

  findCounterpart(request: StoredRequest): StoredRequest | undefined {
    const { application, requestId, shadowOf } = request;
    if (shadowOf !== null) return this.findRequest({ requestId: shadowOf, application });
    return this.snapshot(() => {
      for (const id of this.#search.linked("shadow", packId(requestId))) {
        const shadow = this.#load(id);
        if (shadow?.application === application) return shadow;
      }
      return undefined;
    });
  }

  listRequests(
    filter: RequestFilter,
    page: { limit: number; cursor?: string },
  ): { items: StoredRequest[]; nextCursor?: string } {
    return this.snapshot(() => {
      const { rows, next } = this.#list.page(filter, page);
      const items = rows.map((row) => this.#rows.toRequest(row));
      return next === undefined ? { items } : { items, nextCursor: next };
    });
  }

  newestJudges(filter: RequestFilter, { score, limit }: { score: string; limit: number }): (string | null)[] {
    return this.snapshot(() => {
      const name = this.#dictionary.idOf("measure", score);
      return name === undefined ? [] : this.#list.ids(filter, limit).flatMap((id) => this.#rows.judgesOf(id, name));
    });
  }

  served(query: Parameters<TelemetryReader["served"]>[0]): ServedRequest[] {
    return this.snapshot(() => this.#served.newest(query));
  }

  newestRequestMs(application: string): number | undefined {
    const id = this.#dictionary.idOf("application", application);
    const row = this.#database
      .prepare<unknown[], { newest: number | null }>(
        "SELECT max(time_ms) AS newest FROM requests WHERE application = ?",
      )
      .get(id ?? 0);
    return row?.newest ?? undefined;
  }

  evidenceBuckets(query: Parameters<TelemetryReader["evidenceBuckets"]>[0]): EvidenceBucketRow[] {
    return this.snapshot(() => this.#evidence.buckets(query));
  }

  unattributedShare(query: { application: string; fromMs: number; toMs: number }): number | null {
    const scope: TelemetryScope = { application: query.application };
    const { count, events } = this.snapshot(() => this.#windows.total(scope, { ...query, measure: UNATTRIBUTED }));
    return count === 0 ? null : events / count;
  }

  snapshot<T>(read: () => T): T {
    if (this.#database.inTransaction) return read();
    this.#database.exec("BEGIN");
    try {
      this.#series.refresh();
      return read();
    } finally {
      this.#windows.forget();
      this.#evidence.forget();
      this.#database.exec("COMMIT");
    }
  }

  quality(query: Parameters<TelemetryReader["quality"]>[0]): QualityGroup[] {
    return this.snapshot(() => this.#quality.groups(query));
  }

  duplicates({ application, ...range }: { application: string; fromMs: number; toMs: number }): number {
    return this.snapshot(() => this.#windows.total({ application }, { ...range, measure: DUPLICATE })).count;
  }

  applications(): string[] {
    return this.#dictionary
      .wordsOf("application")
      .map(({ word }) => word)
      .toSorted();
  }

  close(): void {
    this.#database.close();
  }

  #load(id: number): StoredRequest | undefined {
    const row = this.#rows.find(id);
    return row === undefined ? undefined : this.#rows.toRequest(row);
  }
}
