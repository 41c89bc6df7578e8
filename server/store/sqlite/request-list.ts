/** Pages of requests, newest first, with a keyset cursor: a page stays where it is while new requests arrive. */
import type Database from "better-sqlite3";
import { reusingStatements } from "@/db/reused-statements";
import { TRACKS } from "@/server/domain/vocabulary";
import { badCursor } from "@/server/store/cursor";
import type { RequestFilter } from "@/server/store/telemetry-reader";
import type { ReadingDictionary, StoredWord } from "./dictionary";
import type { RequestHours } from "./request-hours";
import type { RequestRow } from "./request-rows";
import { REQUEST_COLUMNS } from "./request-rows";
import type { RequestSearch } from "./request-search";
import { subjectHash } from "./subject-hash";

type Binding = number | string | Buffer | null;

interface Condition {
  sql: string;
  bindings: Binding[];
}

/** Where a page ends. */
interface Position {
  timeMs: number;
  id: number;
}

/** What rows are ordered by. */
type OrderedRow = Pick<RequestRow, "time_ms" | "id">;

interface Wanted {
  columns: string;
  limit: number;
  /** The last row of the page before. */
  after: Position | undefined;
}

/** Rows matching `filter`, newest first, at most `limit`, after `cursor`. `next` is there when more match. */
export class RequestList {
  readonly #database: Pick<Database.Database, "prepare">;
  readonly #dictionary: ReadingDictionary;
  readonly #search: RequestSearch;
  readonly #hours: RequestHours;

  constructor(
    database: Database.Database,
    { dictionary, search, hours }: { dictionary: ReadingDictionary; search: RequestSearch; hours: RequestHours },
  ) {
    this.#database = reusingStatements(database);
    this.#dictionary = dictionary;
    this.#search = search;
    this.#hours = hours;
  }

  /** @throws RangeError for a cursor that no page gave out. */
  page(
    filter: RequestFilter,
    { limit, cursor }: { limit: number; cursor?: string },
  ): { rows: RequestRow[]; next?: string } {
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    const rows = this.#matching<RequestRow>(filter, { columns: REQUEST_COLUMNS, limit: limit + 1, after });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return last === undefined || rows.length <= limit
      ? { rows: page }
      : { rows: page, next: `${last.time_ms}.${last.id}` };
  }

  /** The ids of a first page's rows, for those who need nothing else of them. */
  ids(filter: RequestFilter, limit: number): number[] {
    const rows = this.#matching<OrderedRow>(filter, { columns: "r.time_ms, r.id", limit, after: undefined });
    return rows.slice(0, limit).map(({ id }) => id);
  }

  /** Newest first; at most `limit` of each application. */
  #matching<Row extends OrderedRow>(filter: RequestFilter, { after, ...wanted }: Wanted): Row[] {
    const narrowed = this.#hours.narrow(filter);
    const conditions = narrowed === undefined ? undefined : this.#conditions(narrowed);
    if (conditions === undefined) return [];
    if (after !== undefined) {
      conditions.push({ sql: "(r.time_ms, r.id) < (?, ?)", bindings: [after.timeMs, after.id] });
    }
    return this.#applications(filter)
      .flatMap((application) => this.#newest<Row>(application, conditions, wanted))
      .toSorted((a, b) => b.time_ms - a.time_ms || b.id - a.id);
  }

  /** Each application has its own index range; a search over all merges them. */
  #applications(filter: RequestFilter): StoredWord[] {
    if (filter.application !== undefined) return [this.#dictionary.stored("application", filter.application)];
    return this.#dictionary.wordsOf("application").map(({ id }) => id);
  }

  #newest<Row>(
    application: StoredWord,
    conditions: readonly Condition[],
    { columns, limit }: Pick<Wanted, "columns" | "limit">,
  ): Row[] {
    const where = conditions.map(({ sql }) => ` AND ${sql}`).join("");
    const bindings = conditions.flatMap((condition) => condition.bindings);
    return this.#database
      .prepare<Binding[], Row>(
        `SELECT ${columns} FROM requests r WHERE r.application = ?${where}
         ORDER BY r.time_ms DESC, r.id DESC LIMIT ?`,
      )
      .all(application, ...bindings, limit);
  }

  /** undefined: nothing can match. */
  #conditions(filter: RequestFilter): Condition[] | undefined {
    const score = filter.score === undefined ? [] : this.#score(filter.score);
    const ids = this.#linkedIds(filter);
    if (score === undefined || ids?.length === 0) return undefined;
    const linked = ids === undefined ? [] : [{ sql: `r.id IN (${ids.join(", ")})`, bindings: [] }];
    const segment = filter.segment === undefined ? [] : [this.#segment(filter.segment)];
    return [...this.#plain(filter), ...segment, ...linked, ...score];
  }

  #plain({ releaseId, track, status, fromMs, toMs }: RequestFilter): Condition[] {
    const conditions: Condition[] = [];
    const add = (sql: string, ...bindings: Binding[]): number => conditions.push({ sql, bindings });
    if (releaseId !== undefined) add("r.release = ?", this.#dictionary.stored("release", releaseId));
    if (track !== undefined) add("r.track = ?", TRACKS.indexOf(track));
    if (status !== undefined) add("r.status = ?", status === "error" ? 1 : 0);
    if (fromMs !== undefined) add("r.time_ms >= ?", fromMs);
    if (toMs !== undefined) add("r.time_ms < ?", toMs);
    return conditions;
  }

  #segment({ key, value }: { key: string; value: string }): Condition {
    if (key === "region" || key === "tenant") {
      return { sql: `r.${key} = ?`, bindings: [this.#dictionary.stored("segmentValue", value)] };
    }
    return {
      sql: `r.segments IN (SELECT d.id FROM dictionary d WHERE d.kind = 5 AND d.word ->> ? = ?)`,
      bindings: [`$.${JSON.stringify(key)}`, value],
    };
  }

  #score({ name, min, max }: { name: string; min?: number; max?: number }): Condition[] | undefined {
    const id = this.#dictionary.idOf("measure", name);
    if (id === undefined) return undefined;
    return [
      {
        sql: `EXISTS (SELECT 1 FROM scores s WHERE s.request = r.id AND s.name = ? AND s.value BETWEEN ? AND ?)`,
        bindings: [id, min ?? -Infinity, max ?? Infinity],
      },
    ];
  }

  /** Rows that the ids in the filter lead to, or undefined when it has none. */
  #linkedIds(filter: RequestFilter): number[] | undefined {
    const sets: number[][] = [];
    if (filter.traceId !== undefined) sets.push(this.#search.byTrace(filter.traceId));
    if (filter.responseId !== undefined) sets.push(this.#responses(filter.responseId));
    if (filter.subject !== undefined) sets.push([...this.#search.linked("subject", subjectHash(filter.subject))]);
    const [first, ...rest] = sets;
    return first?.filter((id) => rest.every((set) => set.includes(id)));
  }

  #responses(responseId: string): number[] {
    const own = this.#search.byRequestId(responseId);
    const isOwn = own !== undefined && this.#search.isOwnResponse(own);
    return [...(isOwn ? [own] : []), ...this.#search.byResponse(responseId)];
  }
}

function parseCursor(cursor: string): Position {
  const [, timeMs, id] = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? [];
  if (timeMs === undefined || id === undefined) throw badCursor(cursor);
  return { timeMs: Number(timeMs), id: Number(id) };
}
