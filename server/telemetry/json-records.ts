/**
 * `POST /api/v1/requests` and `/api/v1/scores`: bodies into records, records into what is stored. Each record is judged
 * alone; the rest of the batch never depends on it.
 */
import type { Issue } from "@/server/domain/errors";
import type { RequestRecord } from "@/server/domain/request/request-record";
import { parseRequestRecord, parseScoreRecord } from "@/server/domain/request/request-record";
import type { NewRequest, NewScore } from "@/server/store/sqlite/new-request";
import { packTraceId } from "@/server/store/sqlite/packed-id";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { BodyError } from "./read-body";
import { clockFlags, DAY_MS, type RecordFacts } from "./record-facts";

/** Records of one body. */
const MOST_RECORDS = 5_000;
const NDJSON = /ndjson|jsonl|json-lines|json-seq/i;

/** A record that was refused, by its place in the body. */
export interface Rejection {
  index: number;
  /** JSON pointer within the record; empty for the record as a whole. */
  pointer: string;
  message: string;
}

/** Accepted records with the place they had in the body. */
export interface ReadRecords<T> {
  records: T[];
  /** The place of each record in the body. */
  indexes: number[];
  rejected: Rejection[];
}

interface RecordContext {
  facts: RecordFacts;
  nowMs: number;
}

/** A line that is no JSON stands in its record's place. */
class BrokenLine {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Reads a body of requests. @throws BodyError when it is not a batch at all. */
export function readRequests(body: Buffer, contentType: string, context: RecordContext): ReadRecords<NewRequest> {
  return readAll(recordsOf({ body, contentType, member: "requests" }), (record) => readRequest(record, context));
}

/** Reads a body of scores. @throws BodyError when it is not a batch at all. */
export function readScores(body: Buffer, contentType: string, { nowMs }: RecordContext): ReadRecords<NewScore> {
  return readAll(recordsOf({ body, contentType, member: "scores" }), (record) => {
    const parsed = parseScoreRecord(record, nowMs);
    if (!parsed.ok) return { issue: firstOf(parsed.issues) };
    const { requestId, name, value, judge, timeMs } = parsed.record;
    return { record: { targetKind: "request", target: requestId, name, value, judge: judge ?? null, timeMs } };
  });
}

function readAll<T>(
  inputs: readonly unknown[],
  read: (input: unknown) => { record: T } | { issue: Issue },
): ReadRecords<T> {
  const records: T[] = [];
  const indexes: number[] = [];
  const rejected: Rejection[] = [];
  for (const [index, input] of inputs.entries()) {
    const result = input instanceof BrokenLine ? { issue: { pointer: "", message: input.message } } : read(input);
    if ("record" in result) {
      records.push(result.record);
      indexes.push(index);
    } else rejected.push({ index, ...result.issue });
  }
  return { records, indexes, rejected };
}

function readRequest(input: unknown, { facts, nowMs }: RecordContext): { record: NewRequest } | { issue: Issue } {
  const parsed = parseRequestRecord(input, nowMs);
  if (!parsed.ok) return { issue: firstOf(parsed.issues) };
  const { record } = parsed;
  if (record.timeMs > nowMs + DAY_MS) {
    return { issue: { pointer: "/time", message: "is more than a day ahead of this server's clock" } };
  }
  const application = record.application ?? facts.applicationOf(record.releaseId ?? null);
  if (application === undefined) {
    return { issue: { pointer: "/application", message: "is needed: there is more than one application, or none" } };
  }
  const request = toNewRequest(record, application, facts);
  return { record: { ...request, flags: [...request.flags, ...clockFlags(request.timeMs, nowMs)] } };
}

function toNewRequest(record: RequestRecord, application: string, facts: RecordFacts): NewRequest {
  return {
    application,
    requestId: record.requestId,
    timeMs: record.timeMs,
    ...releaseOf(record, application, facts),
    track: record.track,
    shadowOf: record.shadowOf ?? null,
    traceId: record.traceId === undefined ? null : packTraceId(record.traceId),
    spanId: null,
    responseId: null,
    ...whoAndWhere(record),
    ...outcomeOf(record),
    ...quantitiesOf(record),
    features: record.features.map((feature) => ({ ...feature, timestampMs: feature.timestampMs ?? null })),
    featureFingerprint: record.featureFingerprint ?? null,
    measures: orNull(record.measures),
    attributes: orNull(record.attributes),
    ...contentOf(record, facts.storesContent(application)),
    sources: null,
    flags: record.flags,
  };
}

function whoAndWhere(record: RequestRecord) {
  return {
    subject: record.subject === undefined ? null : subjectHash(record.subject),
    region: record.region ?? record.segments["region"] ?? null,
    tenant: record.tenant ?? record.segments["tenant"] ?? null,
    segments: otherSegments(record.segments),
  };
}

function contentOf(record: RequestRecord, keep: boolean): Pick<NewRequest, "input" | "output"> {
  return keep ? { input: record.input ?? null, output: record.output ?? null } : { input: null, output: null };
}

function releaseOf(
  record: RequestRecord,
  application: string,
  facts: RecordFacts,
): Pick<NewRequest, "releaseId" | "releaseSource"> {
  if (record.releaseId !== undefined) return { releaseId: record.releaseId, releaseSource: "explicit" };
  const version = record.attributes["service.version"];
  const { releaseId, source } = facts.resolveRelease({
    application,
    timeMs: record.timeMs,
    track: record.track,
    versions: typeof version === "string" ? [version] : [],
    prompt: null,
    model: null,
  });
  return { releaseId, releaseSource: source };
}

function outcomeOf(record: RequestRecord) {
  return {
    status: record.status,
    errorType: record.errorType ?? null,
    refused: record.refused ?? null,
    toxic: record.toxic ?? null,
    policyViolation: record.policyViolation ?? null,
    taskCompleted: record.taskCompleted ?? null,
    scores: Object.entries(record.scores).map(([name, value]) => ({ name, value, judge: null, timeMs: record.timeMs })),
  };
}

function quantitiesOf(record: RequestRecord) {
  return {
    ttftUs: scaled(record.ttftMs, 1e3),
    ttftSide: record.ttftMs === undefined ? null : ("client" as const),
    durationUs: scaled(record.durationMs, 1e3),
    inputTokens: record.inputTokens ?? null,
    outputTokens: record.outputTokens ?? null,
    reasoningTokens: record.reasoningTokens ?? null,
    costNanoUsd: scaled(record.costUsd, 1e9),
  };
}

/** Region and tenant have places of their own. */
function otherSegments(segments: Readonly<Record<string, string>>): Record<string, string> | null {
  return orNull(Object.fromEntries(Object.entries(segments).filter(([key]) => key !== "region" && key !== "tenant")));
}

function scaled(value: number | undefined, scale: number): number | null {
  return value === undefined ? null : Math.round(value * scale);
}

function orNull<T extends object>(record: T): T | null {
  return Object.keys(record).length === 0 ? null : record;
}

function firstOf(issues: readonly Issue[]): Issue {
  return issues[0] ?? { pointer: "", message: "cannot be read" };
}

/** The records of `{"requests":[…]}` or of one JSON object per line. */
function recordsOf({ body, contentType, member }: { body: Buffer; contentType: string; member: string }): unknown[] {
  const text = body.toString("utf8");
  const records = NDJSON.test(contentType) ? linesOf(text) : membersOf(text, member);
  if (records.length > MOST_RECORDS) {
    throw new BodyError(413, `at most ${MOST_RECORDS} ${member} in one body, got ${records.length}: send several`);
  }
  return records;
}

function membersOf(text: string, member: string): unknown[] {
  const parsed = parseJson(text);
  if (parsed instanceof BrokenLine) {
    // Lines sent as application/json: more than one object, each on its own line.
    if (/^\s*\{.*\}\s*\n\s*\{/.test(text)) return linesOf(text);
    throw new BodyError(400, `the body is not JSON: ${parsed.message}`);
  }
  const list: unknown =
    typeof parsed === "object" && parsed !== null && member in parsed ? Reflect.get(parsed, member) : undefined;
  if (Array.isArray(list)) return list;
  throw new BodyError(400, `the body must be {"${member}":[…]} or one JSON object per line (application/x-ndjson)`);
}

function linesOf(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parseJson);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return new BrokenLine(`is not JSON: ${error.message}`);
    throw error;
  }
}
