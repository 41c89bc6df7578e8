/**
 * Joins scores to requests. A score whose request is not among the newest waits in `pending_scores`: for the request to
 * arrive, or to be found among the older ones by `searchOlder`, in small steps that never hold up a commit.
 */
import type Database from "better-sqlite3";
import type { WritingDictionary } from "./dictionary";
import { linkHash, requestKey } from "./hash48";
import type { NewRequest, NewScore } from "./new-request";
import { packId } from "./packed-id";
import type { RecentRequests } from "./recent-requests";
import { RequestSearch } from "./request-search";
import { keyOf, textOfId } from "./request-writer";

/** Segments of 65,536 requests that are looked through at once for a response or a span. */
const RECENT_SEGMENTS = 8;
/** Scores that may wait: what names requests that never come must not fill memory and disk. */
export const MOST_WAITING = 200_000;
/** Buckets of requests that one `searchOlder` step looks through. */
const BUCKETS_PER_STEP = 500;

export interface PendingScore extends NewScore {
  id: number;
}

/** How far a score that waits has been looked for. */
interface Search {
  score: PendingScore;
  /** Shared by many: never changed. */
  buckets: readonly number[];
  /** Those before this have been looked through. */
  at: number;
}

/** A score and the row of its request. */
export interface JoinedScore {
  request: number;
  score: NewScore;
}

interface PendingRow {
  id: number;
  target_kind: NewScore["targetKind"];
  target: string;
  name: string;
  judge: string | null;
  value: number;
  time_ms: number;
}

/** Writes scores; all methods run inside a transaction. */
export class ScoreWriter {
  readonly #dictionary: WritingDictionary;
  readonly #search: RequestSearch;
  readonly #recent: RecentRequests;
  readonly #insert: Database.Statement<[number, number, number, number, number]>;
  readonly #insertPending: Database.Statement<[number, string, string, string, string | null, number, number, number]>;
  readonly #pendingByHash: Database.Statement<[number], PendingRow>;
  readonly #deletePending: Database.Statement<[number]>;
  readonly #deleteExpired: Database.Statement<[number]>;
  readonly #allPending: Database.Statement<[], PendingRow & { hash: number }>;
  /** Hashes of what scores wait for: most requests are waited for by none. */
  #waitingFor = new Map<number, number>();
  #waiting = 0;
  #toSearch: Search[] = [];
  /** The buckets there are, asked for once per transaction. */
  #buckets: readonly number[] | undefined;

  constructor(database: Database.Database, dictionary: WritingDictionary, recent: RecentRequests) {
    this.#dictionary = dictionary;
    this.#search = new RequestSearch(database);
    this.#recent = recent;
    this.#insert = database.prepare(
      "INSERT INTO scores (request, name, judge, value, time_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    );
    this.#insertPending = database.prepare(
      `INSERT INTO pending_scores (hash, target_kind, target, name, judge, value, time_ms, received_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#pendingByHash = database.prepare(
      "SELECT id, target_kind, target, name, judge, value, time_ms FROM pending_scores WHERE hash = ? ORDER BY id",
    );
    this.#deletePending = database.prepare("DELETE FROM pending_scores WHERE id = ?");
    this.#deleteExpired = database.prepare("DELETE FROM pending_scores WHERE received_ms < ?");
    this.#allPending = database.prepare(
      "SELECT id, hash, target_kind, target, name, judge, value, time_ms FROM pending_scores ORDER BY id",
    );
    this.reload();
  }

  /** Reads what waits from the database: at the start, and after a failed transaction. */
  reload(): void {
    this.#waitingFor = new Map();
    this.#waiting = 0;
    this.#toSearch = [];
    this.#buckets = undefined;
    for (const row of this.#allPending.all()) {
      this.#expect(row.hash);
      this.#lookForOlder(pendingScore(row));
    }
  }

  /** A transaction begins: other buckets may have come. */
  begin(): void {
    this.#buckets = undefined;
  }

  /** Scores whose request is not known yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Scores that `searchOlder` still has to look for. */
  get unsearched(): number {
    return this.#toSearch.length;
  }

  /** The row of the score's request if it is among the newest. */
  findRecent(score: NewScore): number | undefined {
    switch (score.targetKind) {
      case "request":
        return this.#recentRequest(score.target);
      case "response":
        return this.#recentResponse(score.target);
      case "span": {
        const [traceId = "", spanId = ""] = score.target.split("-");
        return this.#recentRequest(score.target) ?? this.#search.byTraceAndSpan(traceId, spanId, RECENT_SEGMENTS);
      }
    }
  }

  /** Adds the score to its request. Whether it is new: a second one of the same name and judge is not. */
  join(request: number, score: Pick<NewScore, "name" | "judge" | "value" | "timeMs">): boolean {
    const name = this.#dictionary.idOf("measure", score.name);
    const judge = score.judge === null ? 0 : this.#dictionary.idOf("judge", score.judge);
    if (name === undefined || judge === undefined) return false;
    return this.#insert.run(request, name, judge, score.value, score.timeMs).changes === 1;
  }

  /** Keeps a score until its request is known, unless too many wait already. */
  wait(score: NewScore, nowMs: number): "accepted" | "duplicate" | "no_room" {
    const hash = hashOf(score);
    const same = this.#pendingByHash
      .all(hash)
      .some(
        (row) =>
          row.target_kind === score.targetKind &&
          row.target === score.target &&
          row.name === score.name &&
          row.judge === score.judge,
      );
    if (same) return "duplicate";
    if (this.#waiting >= MOST_WAITING) return "no_room";
    const { lastInsertRowid } = this.#insertPending.run(
      hash,
      score.targetKind,
      score.target,
      score.name,
      score.judge,
      score.value,
      score.timeMs,
      nowMs,
    );
    this.#expect(hash);
    this.#lookForOlder({ ...score, id: Number(lastInsertRowid) });
    return "accepted";
  }

  /** The scores that waited for a request that has just been written; they wait no longer. */
  arrived(request: NewRequest): NewScore[] {
    if (this.#waitingFor.size === 0) return [];
    const found: PendingScore[] = [];
    const key = keyOf(request);
    this.#take(key, (row) => row.target_kind !== "response" && row.target === textOfId(request), found);
    const { responseId, traceId, spanId } = request;
    if (responseId !== null) {
      const matches = (row: PendingRow): boolean => row.target_kind === "response" && row.target === responseId;
      this.#take(linkHash("response", packId(responseId)), matches, found);
    }
    if (request.requestId !== null && traceId !== null && spanId !== null) {
      const target = textOfId({ requestId: null, traceId, spanId });
      this.#take(requestKey(target), (row) => row.target_kind === "span" && row.target === target, found);
    }
    return found;
  }

  /** Looks for older requests of waiting scores. @returns those it found; they wait no longer. */
  searchOlder(): JoinedScore[] {
    const joined: JoinedScore[] = [];
    let budget = BUCKETS_PER_STEP;
    while (budget > 0) {
      const search = this.#toSearch.shift();
      if (search === undefined) break;
      const end = Math.min(search.buckets.length, search.at + budget);
      budget -= Math.max(1, end - search.at);
      const isLast = end === search.buckets.length;
      const request = this.#findInBuckets(search, end) ?? (isLast ? this.#findByLinks(search.score) : undefined);
      if (request !== undefined) {
        if (this.#forget(search.score)) joined.push({ request, score: search.score });
      } else if (!isLast) this.#toSearch.unshift({ ...search, at: end });
    }
    return joined;
  }

  /** Drops scores that have waited since before `beforeMs`. @returns how many. */
  expire(beforeMs: number): number {
    const { changes } = this.#deleteExpired.run(beforeMs);
    if (changes > 0) this.reload();
    return changes;
  }

  #recentRequest(requestId: string): number | undefined {
    const key = requestKey(requestId);
    for (const { id } of this.#dictionary.wordsOf("application")) {
      const row = this.#recent.get(key, id);
      const bucket = row === 0 ? undefined : this.#search.bucketOfRow(row);
      const found = bucket === undefined ? undefined : this.#search.inBucket(bucket, requestId, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #recentResponse(responseId: string): number | undefined {
    const own = this.#recentRequest(responseId);
    if (own !== undefined && this.#search.isOwnResponse(own)) return own;
    for (const id of this.#search.byResponse(responseId, RECENT_SEGMENTS)) return id;
    return undefined;
  }

  #lookForOlder(score: PendingScore): void {
    this.#buckets ??= this.#search.buckets();
    this.#toSearch.push({ score, buckets: this.#buckets, at: 0 });
  }

  #findInBuckets({ score, buckets, at }: Search, end: number): number | undefined {
    for (const bucket of buckets.slice(at, end)) {
      const found = this.#search.inBucket(bucket, score.target);
      if (found === undefined) continue;
      if (score.targetKind !== "response" || this.#search.isOwnResponse(found)) return found;
    }
    return undefined;
  }

  /** The request of a response or span that is known by an id of its own. */
  #findByLinks(score: PendingScore): number | undefined {
    if (score.targetKind === "request") return undefined;
    if (score.targetKind === "response") {
      for (const id of this.#search.byResponse(score.target)) return id;
      return undefined;
    }
    const [traceId = "", spanId = ""] = score.target.split("-");
    return this.#search.byTraceAndSpan(traceId, spanId);
  }

  #take(hash: number, matches: (row: PendingRow) => boolean, into: PendingScore[]): void {
    if (!this.#waitingFor.has(hash)) return;
    for (const row of this.#pendingByHash.all(hash)) {
      const score = pendingScore(row);
      if (matches(row) && this.#forget(score)) into.push(score);
    }
  }

  #expect(hash: number): void {
    this.#waitingFor.set(hash, (this.#waitingFor.get(hash) ?? 0) + 1);
    this.#waiting += 1;
  }

  /** Whether the score was still waiting. */
  #forget(score: PendingScore): boolean {
    if (this.#deletePending.run(score.id).changes === 0) return false;
    this.#waiting -= 1;
    const hash = hashOf(score);
    const left = (this.#waitingFor.get(hash) ?? 1) - 1;
    if (left === 0) this.#waitingFor.delete(hash);
    else this.#waitingFor.set(hash, left);
    return true;
  }
}

function hashOf(score: NewScore): number {
  return score.targetKind === "response" ? linkHash("response", packId(score.target)) : requestKey(score.target);
}

function pendingScore(row: PendingRow): PendingScore {
  return {
    id: row.id,
    targetKind: row.target_kind,
    target: row.target,
    name: row.name,
    judge: row.judge,
    value: row.value,
    timeMs: row.time_ms,
  };
}
