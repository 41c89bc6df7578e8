/**
 * Merges what a commit adds into the stored buckets: by request time in three tiers for what people look at, by arrival
 * for evidence. Runs inside the transaction that writes the requests, and keeps nothing between commits but the
 * subjects of the open evidence bucket.
 */
import type Database from "better-sqlite3";
import type { Delta, Limits } from "./bucket-delta";
import { addDelta, addFact, emptyDelta } from "./bucket-delta";
import { mergeBucket } from "./bucket-merge";
import type { Fact } from "./measures";
import type { SeriesId } from "./series-registry";
import { BUCKET_MS, EVIDENCE_TABLE, rowId, SCORE_MATURITY_MS, seriesOfRow, startOfRow, TIERS } from "./tiers";

/** One request (or a late score of it) as it is counted. */
export interface Counted {
  /** The whole first, then its segments. */
  series: readonly SeriesId[];
  /** Those of them that evidence is kept for. */
  evidence: readonly SeriesId[];
  timeMs: number;
  facts: readonly Fact[];
  /** 0: none. */
  subject: number;
}

/** What is counted in evidence buckets only. */
export type EvidenceCounted = Pick<Counted, "series" | "facts" | "subject">;

interface TableStatements {
  select: Database.Statement<[number], { data: Buffer }>;
  upsert: Database.Statement<[number, Buffer]>;
}

/** Collects a commit's facts and writes them with `flush`. */
export class RollupWriter {
  readonly #tiers: (TableStatements & { lengthMs: number })[];
  readonly #evidence: TableStatements;
  /** By row id of the 10-second tier. */
  #requests = new Map<number, Delta>();
  #scores = new Map<number, Delta>();
  /** Series of this commit's requests that evidence is kept for. */
  #underEvidence = new Set<SeriesId>();
  /** Late scores, and what is evidence alone, by row id of their evidence bucket. */
  #evidenceAlone = new Map<number, Delta>();
  /** Evidence row → measure → subjects, of the bucket that is open. */
  #seen = new Map<number, Map<number, Set<number>>>();
  #openBucketMs = 0;

  constructor(database: Database.Database) {
    const statements = (table: string): TableStatements => ({
      select: database.prepare(`SELECT data FROM ${table} WHERE id = ?`),
      upsert: database.prepare(`INSERT INTO ${table} (id, data) VALUES (?, ?)
        ON CONFLICT (id) DO UPDATE SET data = excluded.data`),
    });
    this.#tiers = TIERS.map(({ table, lengthMs }) => ({ ...statements(table), lengthMs }));
    this.#evidence = statements(EVIDENCE_TABLE);
  }

  /** Counts a request that arrives now. */
  addRequest(counted: Counted, limits: Limits): void {
    add(this.#requests, counted, limits);
    for (const series of counted.evidence) this.#underEvidence.add(series);
  }

  /** Counts what is evidence alone and in no window: halves of the control, pairs of a shadow. Arrives now. */
  addEvidence(counted: EvidenceCounted, limits: Limits, nowMs: number): void {
    add(this.#evidenceAlone, { ...counted, timeMs: this.#bucketAt(nowMs) }, limits);
  }

  /** The same of scores that mature: see `addLateScore`. */
  addLateEvidence(counted: EvidenceCounted & { timeMs: number }, limits: Limits, nowMs: number): void {
    const matureMs = counted.timeMs + SCORE_MATURITY_MS;
    if (matureMs >= this.#bucketAt(nowMs)) add(this.#evidenceAlone, { ...counted, timeMs: matureMs }, limits);
  }

  /**
   * Counts a score that came after its request. It counts in the window of the request; as evidence it matures with all
   * other scores of that window, `SCORE_MATURITY_MS` after the request, because bad answers are often judged later. What
   * comes after that is shown, not decided on.
   */
  addLateScore(counted: Counted, limits: Limits, nowMs: number): void {
    add(this.#scores, counted, limits);
    this.addLateEvidence({ ...counted, series: counted.evidence }, limits, nowMs);
  }

  /** Writes everything that was added. `nowMs` is the arrival time of the whole commit. */
  flush(nowMs: number): void {
    const openMs = this.#bucketAt(nowMs);
    for (const tier of this.#tiers) {
      const rows = new Map<number, Delta>();
      for (const source of [this.#requests, this.#scores]) group(source, tier.lengthMs, rows);
      for (const [id, delta] of rows) {
        const stored = tier.select.get(id)?.data;
        tier.upsert.run(id, mergeBucket({ stored, delta, startMs: startOfRow(id, tier.lengthMs) }));
      }
    }
    const evidence = this.#evidenceAlone;
    for (const [id, delta] of this.#requests) {
      if (!this.#underEvidence.has(seriesOfRow(id))) continue;
      addTo(evidence, rowId(seriesOfRow(id), openMs, BUCKET_MS), delta);
    }
    for (const [id, delta] of evidence) this.#mergeEvidence(id, delta);
    this.discard();
  }

  /** Forgets what was added: the transaction failed. */
  discard(): void {
    this.#requests = new Map();
    this.#scores = new Map();
    this.#evidenceAlone = new Map();
    this.#underEvidence = new Set();
  }

  /** Start of the open evidence bucket. A clock that steps back does not reopen a closed one. */
  #bucketAt(nowMs: number): number {
    const bucketMs = Math.floor(nowMs / BUCKET_MS) * BUCKET_MS;
    if (bucketMs > this.#openBucketMs) {
      this.#openBucketMs = bucketMs;
      this.#seen = new Map();
    }
    return this.#openBucketMs;
  }

  #mergeEvidence(id: number, delta: Delta): void {
    const stored = this.#evidence.select.get(id)?.data;
    let seen = this.#seen.get(id);
    if (seen === undefined) this.#seen.set(id, (seen = new Map()));
    const startMs = startOfRow(id, BUCKET_MS);
    // Request times mean nothing in a bucket of arrivals.
    const timeless = { ...delta, firstMs: startMs, lastMs: startMs };
    this.#evidence.upsert.run(id, mergeBucket({ stored, delta: timeless, startMs, evidence: { seen } }));
  }
}

const NO_LIMITS: readonly never[] = [];

function add(
  deltas: Map<number, Delta>,
  { series, timeMs, facts, subject }: Omit<Counted, "evidence">,
  limits: Limits,
): void {
  for (const id of series) {
    const row = rowId(id, timeMs, BUCKET_MS);
    let delta = deltas.get(row);
    if (delta === undefined) deltas.set(row, (delta = emptyDelta()));
    if (timeMs < delta.firstMs) delta.firstMs = timeMs;
    if (timeMs > delta.lastMs) delta.lastMs = timeMs;
    for (const fact of facts) addFact(delta, fact, subject, limits.get(fact.measure) ?? NO_LIMITS);
  }
}

/** Adds up 10-second deltas by their row in a tier. */
function group(deltas: ReadonlyMap<number, Delta>, lengthMs: number, into: Map<number, Delta>): void {
  for (const [row, delta] of deltas) {
    addTo(into, rowId(seriesOfRow(row), startOfRow(row, BUCKET_MS), lengthMs), delta);
  }
}

function addTo(sums: Map<number, Delta>, id: number, delta: Delta): void {
  let sum = sums.get(id);
  if (sum === undefined) sums.set(id, (sum = emptyDelta()));
  addDelta(sum, delta);
}
