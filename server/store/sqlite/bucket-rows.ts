/** Rows of a table of buckets, by series and time. */
import type Database from "better-sqlite3";
import { rowId, startOfRow } from "./tiers";

/** One bucket of one series. */
export interface BucketRow {
  startMs: number;
  data: Buffer;
}

/** Ranges up to so many buckets are read at once and kept; longer ones are passed through row by row. */
const SHORT_BUCKETS = 60;
const MOST_KEPT = 64;

/**
 * Reads one table. The short ranges that were read last are kept: an evaluation asks for the same window once for each of
 * its metrics.
 */
export class BucketRows {
  readonly #lengthMs: number;
  readonly #range: Database.Statement<[number, number], { id: number; data: Buffer }>;
  /** By the first row's id. */
  readonly #kept = new Map<number, { toId: number; rows: readonly BucketRow[] }>();

  constructor(database: Database.Database, { table, lengthMs }: { table: string; lengthMs: number }) {
    this.#lengthMs = lengthMs;
    this.#range = database.prepare(`SELECT id, data FROM ${table} WHERE id >= ? AND id < ? ORDER BY id`);
  }

  /** Buckets of `[fromMs, toMs)`, whole buckets of this table, oldest first. */
  of(series: number, { fromMs, toMs }: { fromMs: number; toMs: number }): Iterable<BucketRow> {
    const [fromId, toId] = [rowId(series, fromMs, this.#lengthMs), rowId(series, toMs, this.#lengthMs)];
    if (toId - fromId > SHORT_BUCKETS) return this.#streamed(fromId, toId);
    const known = this.#kept.get(fromId);
    if (known?.toId === toId) return known.rows;
    const rows = this.#range.all(fromId, toId).map((row) => this.#bucket(row));
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(fromId, { toId, rows });
    return rows;
  }

  /** At the end of a snapshot: what is read next may be of another state of the database. */
  forget(): void {
    this.#kept.clear();
  }

  *#streamed(fromId: number, toId: number): Generator<BucketRow> {
    for (const row of this.#range.iterate(fromId, toId)) yield this.#bucket(row);
  }

  #bucket({ id, data }: { id: number; data: Buffer }): BucketRow {
    return { startMs: startOfRow(id, this.#lengthMs), data };
  }
}
