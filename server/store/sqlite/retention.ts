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
const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;

/** How long an application's data are kept. */
export interface Retention {
  /** Requests, and sums per 10 seconds. */
  rawDays: number;
  /** Sums per minute and hour, and evidence. */
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

  /** One step. @returns the rows it deleted: 0 when nothing is left to do. */
  step(nowMs: number, retentionOf: (application: string) => Retention): number {
    let left = ROWS_PER_STEP;
    let oldestKeptMs = nowMs;
    for (const { id, word } of this.#dictionary.wordsOf("application")) {
      const { rawDays, rollupMonths } = retentionOf(word);
      const rawMs = nowMs - rawDays * DAY_MS;
      oldestKeptMs = Math.min(oldestKeptMs, rawMs);
      left -= this.#deleteRequests(id, rawMs, left);
      left -= this.#deleteSums({ application: id, rawMs, rollupMs: nowMs - rollupMonths * MONTH_MS, limit: left });
    }
    const deleted = ROWS_PER_STEP - left;
    if (deleted > 0) this.#emptyBuckets.run(bucketOf(oldestKeptMs));
    return deleted;
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

  #deleteSums(of: { application: number; rawMs: number; rollupMs: number; limit: number }): number {
    let left = of.limit;
    for (const { id } of this.#series.all(of.application)) {
      for (const sums of this.#sums) {
        if (left <= 0) return of.limit;
        const end = rowId(id, sums.isRaw ? of.rawMs : of.rollupMs, sums.lengthMs);
        left -= sums.delete.run(rowId(id, 0, sums.lengthMs), end, left).changes;
      }
    }
    return of.limit - left;
  }
}
