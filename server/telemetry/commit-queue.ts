/**
 * Group commit: everything that waits when a commit begins goes into it, and each caller hears of its own part when it is
 * on disk. Bounded: past the bound callers are turned away at once, so that memory stays flat under any load.
 */
import type { NewRequest, NewScore } from "@/server/store/sqlite/new-request";
import type { WriteFacts, WriteOutcome } from "@/server/store/sqlite/telemetry-writer";
import { isBusy, isUnavailable } from "@/server/store/sqlite/unavailable";

/** Records that may wait. */
export const MOST_QUEUED = 50_000;
/** Records of one commit: about 100 ms of work. */
const MOST_PER_COMMIT = 10_000;
/** How long a locked database is waited for before the client is asked to come back. */
const BUSY_PATIENCE_MS = 2_000;
const BUSY_RETRY_MS = 25;
/** A commit of fewer records waits this long for batches that are being read: syncing the disk costs the same for all. */
const FULL_COMMIT = 4_000;
const LONGEST_LINGER_MS = 20;
/** Longest wait that is promised to a caller: about half of what exporters wait before they send again. */
const LONGEST_WAIT_MS = 5_000;
const LONGEST_RETRY_AFTER_S = 30;

/** One caller's records. */
export interface Batch {
  requests: readonly NewRequest[];
  scores: readonly NewScore[];
}

export interface BatchOutcome {
  requests: WriteOutcome[];
  scores: WriteOutcome[];
}

/** Nothing of the batch was stored: come back later. `reason` is safe to show. */
export class NotStoredError extends Error {
  readonly reason: "overloaded" | "unavailable" | "closing";
  readonly retryAfterSeconds: number;

  constructor(reason: NotStoredError["reason"], message: string, retryAfterSeconds: number) {
    super(message);
    this.name = "NotStoredError";
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What the queue needs of the writer. */
export interface BatchWriter {
  write: (batch: Batch, facts: WriteFacts) => BatchOutcome;
}

export interface CommitObserver {
  /** A commit of `records` took `durationMs`; `ok` is false when nothing of it was stored. */
  committed: (commit: { records: number; durationMs: number; ok: boolean }) => void;
}

interface Waiting extends Batch {
  sinceMs: number;
  resolve: (outcome: BatchOutcome) => void;
  reject: (error: unknown) => void;
}

/** The only caller of the writer. */
export class CommitQueue {
  readonly #writer: BatchWriter;
  readonly #facts: () => WriteFacts;
  readonly #clock: () => number;
  readonly #observer: CommitObserver;
  readonly #isReading: () => boolean;
  #waiting: Waiting[] = [];
  #queued = 0;
  /** How long the last commit took that succeeded: on a slow disk the next one will take as long. */
  #lastCommitMs = 0;
  #scheduled = false;
  #closing = false;
  #drained: (() => void) | undefined;

  /** @param parts.isReading whether batches are on their way to the queue. */
  constructor(parts: {
    writer: BatchWriter;
    facts: () => WriteFacts;
    clock: () => number;
    observer: CommitObserver;
    isReading: () => boolean;
  }) {
    this.#isReading = parts.isReading;
    this.#writer = parts.writer;
    this.#facts = parts.facts;
    this.#clock = parts.clock;
    this.#observer = parts.observer;
  }

  /** Records that wait for a commit. */
  get queued(): number {
    return this.#queued;
  }

  /** @throws NotStoredError, or the writer's own error when this very batch cannot be written. */
  async submit(batch: Batch): Promise<BatchOutcome> {
    if (this.#closing) throw new NotStoredError("closing", "the intake is shutting down: send again", 1);
    const size = batch.requests.length + batch.scores.length;
    if (size === 0) return { requests: [], scores: [] };
    if (this.#queued > 0 && this.#queued + size > MOST_QUEUED) {
      throw new NotStoredError("overloaded", `${this.#queued} records wait to be stored: send again later`, 1);
    }
    this.#refuseLongWait(size);
    this.#queued += size;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, sinceMs: this.#clock(), resolve, reject });
      this.#schedule(0);
    });
  }

  /** Commits what waits and takes no more. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  /** On a slow disk one batch at a time goes on, which also shows when the disk is well again; the others come back. */
  #refuseLongWait(size: number): void {
    const waitMs = Math.ceil((this.#queued + size) / MOST_PER_COMMIT) * this.#lastCommitMs;
    if (this.#queued === 0 || waitMs <= LONGEST_WAIT_MS) return;
    const seconds = Math.ceil(waitMs / 1000);
    const message = `the disk is slow: storing takes about ${seconds} s just now; nothing was stored, send again later`;
    throw new NotStoredError("unavailable", message, Math.min(seconds, LONGEST_RETRY_AFTER_S));
  }

  #schedule(delayMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the sockets that are readable now have been read: their batches join the commit.
    if (delayMs === 0) setImmediate(() => this.#linger(0));
    else setTimeout(() => this.#run(), delayMs);
  }

  #linger(waitedMs: number): void {
    const isWorthIt = this.#queued < FULL_COMMIT && this.#isReading() && waitedMs < LONGEST_LINGER_MS;
    if (isWorthIt) setTimeout(() => this.#linger(waitedMs + 1), 1);
    else this.#run();
  }

  #run(): void {
    this.#scheduled = false;
    this.#commit();
  }

  #commit(): void {
    const group = this.#take();
    const startedMs = this.#clock();
    const records = sizeOf(group);
    try {
      const outcome = this.#writer.write(
        { requests: group.flatMap((batch) => batch.requests), scores: group.flatMap((batch) => batch.scores) },
        this.#facts(),
      );
      this.#lastCommitMs = this.#clock() - startedMs;
      this.#observer.committed({ records, durationMs: this.#lastCommitMs, ok: true });
      answer(group, outcome);
    } catch (error) {
      this.#observer.committed({ records, durationMs: this.#clock() - startedMs, ok: false });
      if (this.#retryLater(group, error)) return;
      this.#refuse(group, error);
    }
    this.#done(records);
  }

  #done(records: number): void {
    this.#queued -= records;
    if (this.#waiting.length > 0) this.#schedule(0);
    else this.#drained?.();
  }

  #take(): Waiting[] {
    let records = 0;
    const end = this.#waiting.findIndex((batch, index) => {
      records += sizeOf([batch]);
      return index > 0 && records > MOST_PER_COMMIT;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** A locked database is tried again while the oldest caller is patient. */
  #retryLater(group: readonly Waiting[], error: unknown): boolean {
    const [oldest] = group;
    if (!isBusy(error) || oldest === undefined || this.#clock() - oldest.sinceMs > BUSY_PATIENCE_MS) return false;
    this.#waiting.unshift(...group);
    this.#schedule(BUSY_RETRY_MS);
    return true;
  }

  #refuse(group: readonly Waiting[], error: unknown): void {
    if (isUnavailable(error)) {
      const message = "telemetry cannot be stored just now: the database is locked or its disk is full";
      for (const { reject } of group) reject(new NotStoredError("unavailable", message, 2));
    } else if (group.length === 1) group[0]?.reject(error);
    // One batch that cannot be written must not take the others with it.
    else for (const batch of group) this.#commitAlone(batch);
  }

  #commitAlone(batch: Waiting): void {
    try {
      answer([batch], this.#writer.write(batch, this.#facts()));
    } catch (error) {
      batch.reject(error);
    }
  }
}

function answer(group: readonly Waiting[], outcome: BatchOutcome): void {
  let request = 0;
  let score = 0;
  for (const { requests, scores, resolve } of group) {
    resolve({
      requests: outcome.requests.slice(request, (request += requests.length)),
      scores: outcome.scores.slice(score, (score += scores.length)),
    });
  }
}

function sizeOf(group: readonly Batch[]): number {
  return group.reduce((sum, { requests, scores }) => sum + requests.length + scores.length, 0);
}
