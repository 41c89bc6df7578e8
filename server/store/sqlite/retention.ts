/**
 * Deletes what is older than its application keeps, a few rows at a time: a step is a short transaction between commits.
 * Requests go with their keys, links, scores and text; sums go by tier. Freed pages are used again.
 */
import type Database from "better-sqlite3";
import type { WritingDictionary } from "./dictionary";
import type { LinkKind } from "./hash48";
import { bucketOf, KEY_SPACE, keyRow, LINK_SEGMENT, linkBase, linkHash, requestKey } from "./hash48";
import type { PackedId } from "./packed-id";
import { identityText } from "./request-writer";
import { SAME_AS_REQUEST } from "./request-columns";
import { EVIDENCE_TABLE, BUCKET_MS, rowId, TIERS } from "./tiers";

/** Rows of one step: some milliseconds. */
const ROWS_PER_STEP = 500;
/** Series whose sums one step looks at: an application with many segments and releases has tens of thousands. */
const SERIES_PER_STEP = 200;
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

/** How long an application's data are kept. */
export interface Retention {
  /** Requests, and sums per 10 seconds. */
  rawDays: number;
  /** Sums per minute and hour, and evidence; never less than the requests, whose lists find their way by them. */
  rollupMonths: number;
}

interface OldRow {
  id: number;
  time_ms: number;
  request_id: PackedId | null;
  trace_id: PackedId | null;
  span_id: PackedId | null;
  response_id: PackedId | typeof SAME_AS_REQUEST | null;
  shadow_of: PackedId | null;
  subject: Buffer | null;
}

/** Runs inside the writer's transactions. */
export class RetentionSweep {
  readonly #dictionary: WritingDictionary;
  readonly #oldest: Database.Statement<[number, number, number], OldRow>;
  readonly #keyAt: Database.Statement<[number], { request: number }>;
  readonly #deletes: Readonly<Record<"request" | "key" | "link" | "scores" | "content", Database.Statement<[number]>>>;
  readonly #series: Database.Statement<[number], { id: number }>;
  readonly #sums: { delete: Database.Statement<[number, number, number]>; lengthMs: number; isRaw: boolean }[];
  readonly #emptyBuckets: Database.Statement<[number]>;
  /** Series whose sums have not been looked at in this pass, by application; undefined between passes. */
  #unvisited: { application: string; series: number }[] | undefined;

  constructor(database: Database.Database, dictionary: WritingDictionary) {
    this.#dictionary = dictionary;
    this.#oldest = database.prepare(
      `SELECT id, time_ms, request_id, trace_id, span_id, response_id, shadow_of, subject FROM requests
       WHERE application = ? AND time_ms < ? ORDER BY time_ms LIMIT ?`,
    );
    this.#keyAt = database.prepare("SELECT request FROM request_keys WHERE id = ?");
    this.#deletes = {
      request: database.prepare("DELETE FROM requests WHERE id = ?"),
      key: database.prepare("DELETE FROM request_keys WHERE id = ?"),
      link: database.prepare("DELETE FROM request_links WHERE id = ?"),
      scores: database.prepare("DELETE FROM scores WHERE request = ?"),
      content: database.prepare("DELETE FROM request_content WHERE request = ?"),
    };
    this.#series = database.prepare("SELECT id FROM series WHERE application = ?");
    this.#sums = [...TIERS, { table: EVIDENCE_TABLE, lengthMs: BUCKET_MS }].map(({ table, lengthMs }) => ({
      delete: database.prepare(
        `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)`,
      ),
      lengthMs,
      isRaw: table === "rollups_10s",
    }));
    this.#emptyBuckets = database.prepare(
      `DELETE FROM request_buckets WHERE bucket < ? AND NOT EXISTS (
         SELECT 1 FROM request_keys k WHERE k.id >= bucket * ${KEY_SPACE} AND k.id < (bucket + 1) * ${KEY_SPACE})`,
    );
  }

  /** One step: old requests, and when there are none, old sums. @returns whether there may be more to delete. */
  step(nowMs: number, retentionOf: (application: string) => Retention): { deleted: number; isMore: boolean } {
    let deleted = 0;
    let oldestKeptMs = nowMs;
    for (const { id, word } of this.#dictionary.wordsOf("application")) {
      const rawMs = nowMs - retentionOf(word).rawDays * DAY_MS;
      oldestKeptMs = Math.min(oldestKeptMs, rawMs);
      deleted += this.#deleteRequests(id, rawMs, ROWS_PER_STEP - deleted);
    }
    if (deleted > 0) {
      this.#emptyBuckets.run(bucketOf(oldestKeptMs));
      return { deleted, isMore: true };
    }
    deleted = this.#deleteSums(nowMs, retentionOf);
    return { deleted, isMore: deleted > 0 || this.#unvisited !== undefined };
  }

  #deleteRequests(application: number, beforeMs: number, limit: number): number {
    const rows = this.#oldest.all(application, beforeMs, limit);
    for (const row of rows) {
      this.#deleteKey(row);
      this.#deleteLink(row.id, "trace", row.trace_id);
      this.#deleteLink(row.id, "response", row.response_id === SAME_AS_REQUEST ? null : row.response_id);
      this.#deleteLink(row.id, "subject", row.subject);
      this.#deleteLink(row.id, "shadow", row.shadow_of);
      this.#deletes.scores.run(row.id);
      this.#deletes.content.run(row.id);
      this.#deletes.request.run(row.id);
    }
    return rows.length;
  }

  #deleteKey(row: OldRow): void {
    for (let at = keyRow(bucketOf(row.time_ms), requestKey(identityText(row))); ; at++) {
      const entry = this.#keyAt.get(at);
      if (entry === undefined) return;
      if (entry.request !== row.id) continue;
      this.#deletes.key.run(at);
      return;
    }
  }

  #deleteLink(id: number, kind: LinkKind, value: PackedId | null): void {
    if (value === null) return;
    this.#deletes.link.run(linkBase(Math.floor(id / LINK_SEGMENT), linkHash(kind, value)) + (id % LINK_SEGMENT));
  }

  /** Goes on with the pass over all series, or begins one. */
  #deleteSums(nowMs: number, retentionOf: (application: string) => Retention): number {
    this.#unvisited ??= this.#dictionary
      .wordsOf("application")
      .flatMap(({ id, word }) => this.#series.all(id).map((row) => ({ application: word, series: row.id })));
    let deleted = 0;
    for (let visits = 0; visits < SERIES_PER_STEP && deleted < ROWS_PER_STEP; visits++) {
      const next = this.#unvisited.pop();
      if (next === undefined) {
        this.#unvisited = undefined;
        break;
      }
      const { rawDays, rollupMonths } = retentionOf(next.application);
      for (const { delete: statement, lengthMs, isRaw } of this.#sums) {
        const keptMs = nowMs - Math.max(rawDays * DAY_MS, isRaw ? 0 : rollupMonths * MONTH_MS);
        const [start, end] = [rowId(next.series, 0, lengthMs), rowId(next.series, keptMs, lengthMs)];
        deleted += statement.run(start, end, ROWS_PER_STEP - deleted).changes;
      }
      // It may have more than this step could take.
      if (deleted >= ROWS_PER_STEP) this.#unvisited.push(next);
    }
    return deleted;
  }
}
