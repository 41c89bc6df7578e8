/** Reads rows of `requests` back into what was sent. */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import type { StoredRequest, StoredScore } from "@/server/store/stored-request";
import { decodeAttributes } from "./attribute-codec";
import type { ReadingDictionary, StoredWord } from "./dictionary";
import type { PackedId } from "./packed-id";
import { unpackId, unpackTraceId } from "./packed-id";
import { COLUMNS, RELEASE_SOURCES, SAME_AS_REQUEST } from "./request-columns";
import { identityText } from "./request-writer";

/** A row as SQLite gives it. */
export interface RequestRow {
  id: number;
  application: StoredWord;
  time_ms: number;
  received_after_ms: number;
  release: StoredWord | null;
  release_source: number;
  track: number;
  status: number;
  request_id: PackedId | null;
  trace_id: PackedId | null;
  span_id: PackedId | null;
  response_id: PackedId | typeof SAME_AS_REQUEST | null;
  shadow_of: PackedId | null;
  subject: Buffer | null;
  region: StoredWord | null;
  tenant: StoredWord | null;
  segments: StoredWord | null;
  error_type: StoredWord | null;
  refused: number | null;
  toxic: number | null;
  policy_violation: number | null;
  task_completed: number | null;
  ttft_us: number | null;
  ttft_side: number | null;
  duration_us: number | null;
  input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cost_nano_usd: number | null;
  attributes: Buffer | null;
  sources: StoredWord | null;
  flags: StoredWord | null;
  extra: string | null;
}

/** For `SELECT ${REQUEST_COLUMNS} FROM requests r`. */
export const REQUEST_COLUMNS = COLUMNS.map((column) => `r.${column}`).join(", ");

interface ScoreRow {
  name: number;
  judge: number;
  value: number;
  time_ms: number;
}

interface Extra {
  features?: StoredRequest["features"];
  featureFingerprint?: string;
  measures?: Record<string, number>;
}

/** Turns rows into requests, with their scores and text. */
export class RequestRows {
  readonly #dictionary: ReadingDictionary;
  readonly #select: Database.Statement<[number], RequestRow>;
  readonly #scores: Database.Statement<[number], ScoreRow>;
  readonly #judges: Database.Statement<[number, number], { judge: number }>;
  readonly #content: Database.Statement<[number], { input: string | null; output: string | null }>;

  constructor(database: Database.Database, dictionary: ReadingDictionary) {
    this.#dictionary = dictionary;
    this.#select = database.prepare(`SELECT ${REQUEST_COLUMNS} FROM requests r WHERE r.id = ?`);
    this.#scores = database.prepare("SELECT name, judge, value, time_ms FROM scores WHERE request = ?");
    this.#judges = database.prepare("SELECT judge FROM scores WHERE request = ? AND name = ?");
    this.#content = database.prepare("SELECT input, output FROM request_content WHERE request = ?");
  }

  /** The row, or undefined when it has been deleted. */
  find(id: number): RequestRow | undefined {
    return this.#select.get(id);
  }

  toRequest(row: RequestRow): StoredRequest {
    const content = this.#content.get(row.id);
    const extra = extraOf(row);
    return {
      ...this.#identity(row),
      ...this.#words(row),
      ...outcome(row),
      ...quantities(row),
      scores: this.#scoresOf(row.id),
      features: extra.features ?? [],
      featureFingerprint: extra.featureFingerprint ?? null,
      measures: extra.measures ?? {},
      attributes: row.attributes === null ? {} : decodeAttributes(row.attributes, this.#dictionary),
      input: content?.input ?? null,
      output: content?.output ?? null,
    };
  }

  #identity(row: RequestRow) {
    return {
      requestId: identityText(row),
      timeMs: row.time_ms,
      receivedMs: row.time_ms + row.received_after_ms,
      releaseSource: RELEASE_SOURCES[row.release_source] ?? "unknown",
      track: TRACKS[row.track] ?? "control",
      shadowOf: row.shadow_of === null ? null : unpackId(row.shadow_of),
      traceId: row.trace_id === null ? null : unpackTraceId(row.trace_id),
      spanId: row.span_id === null ? null : unpackTraceId(row.span_id),
      responseId: responseIdOf(row),
      subjectHash: row.subject?.toString("hex") ?? null,
    } as const;
  }

  #words(row: RequestRow) {
    const word = (stored: StoredWord | null): string | null => (stored === null ? null : this.#dictionary.word(stored));
    const json = (stored: StoredWord | null): unknown => JSON.parse(word(stored) ?? "null");
    return {
      application: this.#dictionary.word(row.application),
      releaseId: word(row.release),
      region: word(row.region),
      tenant: word(row.tenant),
      errorType: word(row.error_type),
      segments: segmentsOf(row, this.#dictionary),
      // The writer's own JSON.
      sources: (json(row.sources) ?? {}) as Record<string, string>,
      flags: (json(row.flags) ?? []) as string[],
    };
  }

  #scoresOf(id: number): StoredScore[] {
    return this.#scores.all(id).map((row) => ({
      name: this.#dictionary.word(row.name),
      value: row.value,
      judge: this.#judge(row),
      timeMs: row.time_ms,
    }));
  }

  /** The judges of one request's scores of a name, by its number in the dictionary; null for a score that names none. */
  judgesOf(id: number, name: number): (string | null)[] {
    return this.#judges.all(id, name).map((row) => this.#judge(row));
  }

  #judge({ judge }: { judge: number }): string | null {
    return judge === 0 ? null : this.#dictionary.word(judge);
  }
}

/** The rare fields of a row. */
export function extraOf({ extra }: Pick<RequestRow, "extra">): Extra {
  // The writer's own JSON.
  return extra === null ? {} : (JSON.parse(extra) as Extra);
}

/** The segments of a row besides its region and tenant. */
export function segmentsOf(
  { segments }: Pick<RequestRow, "segments">,
  dictionary: ReadingDictionary,
): Record<string, string> {
  // The writer's own JSON.
  return segments === null ? {} : (JSON.parse(dictionary.word(segments)) as Record<string, string>);
}

function responseIdOf(row: RequestRow): string | null {
  if (row.response_id === SAME_AS_REQUEST) return identityText(row);
  return row.response_id === null ? null : unpackId(row.response_id);
}

function outcome(row: RequestRow) {
  return {
    status: row.status === 1 ? "error" : "ok",
    refused: truth(row.refused),
    toxic: truth(row.toxic),
    policyViolation: truth(row.policy_violation),
    taskCompleted: truth(row.task_completed),
  } as const;
}

function quantities(row: RequestRow) {
  return {
    ttftMs: scaled(row.ttft_us, 1e3),
    ttftSide: row.ttft_side === null ? null : row.ttft_side === 1 ? "server" : "client",
    durationMs: scaled(row.duration_us, 1e3),
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
    costUsd: scaled(row.cost_nano_usd, 1e9),
  } as const;
}

function truth(stored: number | null): boolean | null {
  return stored === null ? null : stored === 1;
}

function scaled(stored: number | null, scale: number): number | null {
  return stored === null ? null : stored / scale;
}
