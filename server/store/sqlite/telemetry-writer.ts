/**
 * The only writer of telemetry.db. One call is one transaction: requests, scores, links and rollups together, on disk
 * when it returns. When it throws, nothing of the call is stored and everything in memory is as before.
 */
import type Database from "better-sqlite3";
import type { TelemetryDatabase } from "@/db/telemetry/open";
import { CONTROL_HALF_KEY, controlHalf } from "@/server/domain/evidence/control-halves";
import type { Track } from "@/server/domain/vocabulary";
import { TRACKS } from "@/server/domain/vocabulary";
import type { Limit, Limits } from "./bucket-delta";
import type { StoredWord } from "./dictionary";
import { WritingDictionary } from "./dictionary";
import { FactReader } from "./measures";
import type { NewRequest, NewScore } from "./new-request";
import { type Pair, PairFinder } from "./pair-finder";
import { RecentRequests } from "./recent-requests";
import { type Retention, RetentionSweep } from "./retention";
import { DUPLICATE, NO_ROOM, RequestWriter } from "./request-writer";
import { type Counted, RollupWriter } from "./rollup-writer";
import { ScoreWriter } from "./score-writer";
import { type SeriesId, SeriesRegistry } from "./series-registry";

/** What became of a request or score. `no_room`: one application too many, or too many scores that wait for a request. */
export type WriteOutcome = "accepted" | "duplicate" | "no_room";

/** What intake knows of the control database at the time of a write. */
export interface WriteFacts {
  nowMs: number;
  /** The segment keys an application is watched by. */
  segmentKeys: (application: string) => readonly string[];
  /**
   * The keys by which an application's evidence is kept; undefined while it needs none. Without this function evidence
   * is kept by all segment keys.
   */
  evidenceKeys?: (application: string) => readonly string[] | undefined;
  /** Limits of live policies by `limitKey`, in scaled units. */
  limits: ReadonlyMap<string, readonly Limit[]>;
}

interface CountedRow {
  application: StoredWord;
  time_ms: number;
  release: StoredWord | null;
  track: number;
  region: StoredWord | null;
  tenant: StoredWord | null;
  segments: StoredWord | null;
  subject: Buffer | null;
}

/** Where a request is counted, from the request itself or from its row. */
interface Origin {
  application: string;
  releaseId: string | null;
  track: Track;
  region: string | null;
  tenant: string | null;
  segments: Readonly<Record<string, string>> | null;
}

/** A score whose request has not come within this time is dropped. */
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** Writes telemetry. Not safe for two instances on one database. */
export class TelemetryWriter {
  readonly #database: Database.Database;
  readonly #dictionary: WritingDictionary;
  readonly #facts: FactReader;
  readonly #series: SeriesRegistry;
  readonly #requests: RequestWriter;
  readonly #scores: ScoreWriter;
  readonly #pairs: PairFinder;
  readonly #rollups: RollupWriter;
  readonly #retention: RetentionSweep;
  readonly #row: Database.Statement<[number], CountedRow>;
  #limitsSource: WriteFacts["limits"] | undefined;
  /** By application. */
  #limits = new Map<string, Map<number, readonly Limit[]>>();

  constructor({ $client: database }: TelemetryDatabase) {
    this.#database = database;
    this.#dictionary = new WritingDictionary(database);
    const recent = new RecentRequests(database);
    this.#facts = new FactReader(this.#dictionary);
    this.#dictionary.committed();
    this.#series = new SeriesRegistry(database, this.#dictionary);
    this.#requests = new RequestWriter(database, this.#dictionary, recent);
    this.#scores = new ScoreWriter(database, this.#dictionary, recent);
    this.#pairs = new PairFinder(database, { dictionary: this.#dictionary, recent });
    this.#rollups = new RollupWriter(database);
    this.#retention = new RetentionSweep(database, this.#dictionary);
    this.#row = database.prepare(
      "SELECT application, time_ms, release, track, region, tenant, segments, subject FROM requests WHERE id = ?",
    );
  }

  /** Requests counted under "other" segment values or releases, since the start. */
  get overflows(): number {
    return this.#series.overflows;
  }

  /** Measures and scores that were not counted, because an application has too many names for them, since the start. */
  get uncountedMeasures(): number {
    return this.#facts.uncounted;
  }

  /** Scores that wait for their request. */
  get waitingScores(): number {
    return this.#scores.waiting;
  }

  /** Whether `searchOlder` has something to do. */
  get hasUnsearched(): boolean {
    return this.#scores.unsearched > 0;
  }

  /**
   * Stores requests and scores.
   *
   * @returns the outcome of each, in order.
   * @throws the error of SQLite when the database is locked, full or failing; nothing is stored then.
   */
  write(
    { requests, scores }: { requests: readonly NewRequest[]; scores: readonly NewScore[] },
    facts: WriteFacts,
  ): { requests: WriteOutcome[]; scores: WriteOutcome[] } {
    return this.#transaction(() => {
      this.#useLimits(facts.limits);
      const outcomes = requests.map((request) => this.#writeRequest(request, facts));
      const scored = scores.map((score) => this.#writeScore(score, facts));
      this.#rollups.flush(facts.nowMs);
      return { requests: outcomes, scores: scored };
    });
  }

  /** One step of looking for older requests of waiting scores. */
  searchOlder(facts: WriteFacts): void {
    this.#transaction(() => {
      this.#useLimits(facts.limits);
      for (const { request, score } of this.#scores.searchOlder()) this.#joinLate(request, score, facts);
      this.#rollups.flush(facts.nowMs);
    });
  }

  /**
   * One step of deleting what is older than its application keeps, and scores that have waited too long for a request.
   *
   * @returns whether there may be more to delete.
   */
  sweep(nowMs: number, retentionOf: (application: string) => Retention): boolean {
    return this.#transaction(() => {
      const { deleted, isMore } = this.#retention.step(nowMs, retentionOf);
      if (deleted > 0) this.#requests.reloadBuckets();
      return this.#scores.expire(nowMs - LONGEST_WAIT_MS) > 0 || isMore;
    });
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec("BEGIN IMMEDIATE");
    this.#scores.begin();
    try {
      const result = work();
      this.#database.exec("COMMIT");
      this.#dictionary.committed();
      this.#requests.committed();
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (full disk, I/O).
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      this.#dictionary.rolledBack();
      this.#requests.rolledBack();
      this.#facts.rolledBack();
      this.#limitsSource = undefined;
      this.#rollups.discard();
      this.#series.reload();
      this.#scores.reload();
      throw error;
    }
  }

  #writeRequest(request: NewRequest, facts: WriteFacts): WriteOutcome {
    const row = this.#requests.write(request, facts.nowMs);
    if (row === DUPLICATE) return this.#countDuplicate(request);
    if (row === NO_ROOM) return "no_room";
    const counted: Counted = {
      ...this.#seriesOf(request, facts),
      timeMs: request.timeMs,
      facts: this.#facts.facts(request),
      subject: subjectNumber(request.subject),
    };
    for (const score of request.scores) this.#scores.join(row, score);
    const limits = this.#limits.get(request.application) ?? NO_LIMITS;
    this.#rollups.addRequest(counted, limits);
    if (counted.evidence.length > 0) this.#addEvidence(request, { row, counted, limits, facts });
    for (const score of this.#scores.arrived(request)) this.#joinLate(row, score, facts);
    return "accepted";
  }

  /** What is counted for decisions alone: the control's halves, and pairs with a shadow. */
  #addEvidence(
    request: NewRequest,
    { row, counted, limits, facts }: { row: number; counted: Counted; limits: Limits; facts: WriteFacts },
  ): void {
    const half = this.#halfOf(request, request.subject);
    if (half !== undefined) this.#rollups.addEvidence({ ...counted, series: [half] }, limits, facts.nowMs);
    const pair = this.#pairs.arrived(request, row);
    if (pair === undefined) return;
    const differences = this.#pairs.differences(pair, request.scores);
    const { series } = this.#shadowOf(pair, facts);
    this.#rollups.addEvidence({ series, subject: 0, facts: this.#facts.pairFacts(differences) }, limits, facts.nowMs);
  }

  /** The same of a score that came on its own. */
  #addLateEvidence(
    score: NewScore,
    { row, counted, stored, facts }: { row: number; counted: Counted; stored: CountedRow; facts: WriteFacts },
  ): void {
    const origin = this.#originOf(stored);
    const limits = this.#limits.get(origin.application) ?? NO_LIMITS;
    const half = this.#halfOf(origin, stored.subject);
    if (half !== undefined) this.#rollups.addLateEvidence({ ...counted, series: [half] }, limits, facts.nowMs);
    const pair = this.#pairs.scored(row, origin.application);
    if (pair === undefined) return;
    const { series, timeMs } = this.#shadowOf(pair, facts);
    const differences = this.#facts.pairFacts(this.#pairs.scoreDifferences(pair, [score]));
    this.#rollups.addLateEvidence({ series, timeMs, subject: 0, facts: differences }, limits, facts.nowMs);
  }

  /** The half's series of a control's request that has a subject. */
  #halfOf(origin: Origin, subject: Buffer | null): SeriesId | undefined {
    if (origin.track !== "control" || subject === null) return undefined;
    return this.#series.seriesOf(origin, [[CONTROL_HALF_KEY, controlHalf(subject)]])[1];
  }

  /** A pair counts with its shadow, in whichever order the halves came. */
  #shadowOf({ shadow }: Pair, facts: WriteFacts): { series: readonly SeriesId[]; timeMs: number } {
    const row = this.#row.get(shadow);
    if (row === undefined) return { series: [], timeMs: 0 };
    return { series: this.#seriesOf(this.#originOf(row), facts).evidence, timeMs: row.time_ms };
  }

  /** A figure of data quality: how often senders send again. */
  #countDuplicate(request: NewRequest): "duplicate" {
    const series = this.#series.seriesOf(request, []);
    const counted: Counted = {
      series,
      evidence: [],
      timeMs: request.timeMs,
      facts: this.#facts.duplicateFact(),
      subject: 0,
    };
    this.#rollups.addRequest(counted, NO_LIMITS);
    return "duplicate";
  }

  #writeScore(score: NewScore, facts: WriteFacts): WriteOutcome {
    const request = this.#scores.findRecent(score);
    if (request === undefined) return this.#scores.wait(score, facts.nowMs);
    return this.#joinLate(request, score, facts) ? "accepted" : "duplicate";
  }

  /** Adds a score to a stored request and counts it with the request. Whether it was new. */
  #joinLate(request: number, score: NewScore, facts: WriteFacts): boolean {
    const row = this.#row.get(request);
    if (row === undefined || !this.#scores.join(request, score)) return false;
    const origin = this.#originOf(row);
    const counted: Counted = {
      ...this.#seriesOf(origin, facts),
      timeMs: row.time_ms,
      facts: this.#facts.scoreFact(origin.application, score),
      subject: subjectNumber(row.subject),
    };
    this.#rollups.addLateScore(counted, this.#limits.get(origin.application) ?? NO_LIMITS, facts.nowMs);
    if (counted.evidence.length > 0) this.#addLateEvidence(score, { row: request, counted, stored: row, facts });
    return true;
  }

  #seriesOf(origin: Origin, facts: WriteFacts): Pick<Counted, "series" | "evidence"> {
    const segments: [string, string][] = [];
    for (const key of facts.segmentKeys(origin.application)) {
      const value = segmentValue(origin, key);
      if (value !== null) segments.push([key, value]);
    }
    const series = this.#series.seriesOf(origin, segments);
    if (facts.evidenceKeys === undefined) return { series, evidence: series };
    const keys = facts.evidenceKeys(origin.application);
    if (keys === undefined) return { series, evidence: [] };
    return { series, evidence: series.filter((_, at) => at === 0 || keys.includes(segments[at - 1]?.[0] ?? "")) };
  }

  #originOf(row: CountedRow): Origin {
    const word = (stored: StoredWord | null): string | null => (stored === null ? null : this.#dictionary.word(stored));
    const segments = word(row.segments);
    return {
      application: this.#dictionary.word(row.application),
      releaseId: word(row.release),
      track: TRACKS[row.track] ?? "control",
      region: word(row.region),
      tenant: word(row.tenant),
      // What the writer itself has put there.
      segments: segments === null ? null : (JSON.parse(segments) as Record<string, string>),
    };
  }

  /** Limits by application and the measures' numbers; looked up again only when the policies changed. */
  #useLimits(limits: WriteFacts["limits"]): void {
    if (limits === this.#limitsSource) return;
    this.#limits = new Map();
    for (const [key, list] of limits) {
      const [application = "", measure = ""] = key.split(" ");
      const id = this.#facts.idOf(measure);
      const own = this.#limits.get(application) ?? new Map<number, readonly Limit[]>();
      if (id !== undefined) this.#limits.set(application, own.set(id, list));
    }
    this.#limitsSource = limits;
  }
}

const NO_LIMITS: Limits = new Map();

/** The key of an application's limits on a measure or score. Neither part has a space. */
export function limitKey(application: string, aggregateKey: string): string {
  return `${application} ${aggregateKey}`;
}

/** The value of a segment key for a request, or null. */
function segmentValue(origin: Origin, key: string): string | null {
  if (key === "region") return origin.region;
  if (key === "tenant") return origin.tenant;
  return origin.segments?.[key] ?? null;
}

/** 48 bits of a subject's hash, as a number; 0 for none. */
function subjectNumber(subject: Buffer | null): number {
  return subject === null || subject.length < 6 ? 0 : subject.readUIntLE(0, 6);
}
