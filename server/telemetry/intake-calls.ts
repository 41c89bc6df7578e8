/** The four ways in: what each does with a body that has been read, and what it answers. */
import type { ControlFacts } from "@/server/store/sqlite/control-facts";
import { MOST_WAITING } from "@/server/store/sqlite/score-writer";
import type { WriteOutcome } from "@/server/store/sqlite/telemetry-writer";
import type { CommitQueue } from "./commit-queue";
import type { Answer } from "./intake-answer";
import { jsonAnswer } from "./intake-answer";
import type { IntakeMetrics, Source } from "./intake-metrics";
import type { ReadRecords, Rejection } from "./json-records";
import { readRequests, readScores } from "./json-records";
import { isEvaluation, logScore } from "./mapper/scores";
import { REFUSAL_WORDS } from "./mapper/map-span";
import { mapTraces } from "./mapper/map-traces";
import { CONTENT_TYPES, encodingOf, exportResponse, type OtlpEncoding } from "./otlp/answers";
import { decodeJsonLogs, decodeJsonTraces } from "./otlp/decode-json";
import { decodeLogs, decodeTraces } from "./otlp/decode-protobuf";
import { BodyError } from "./read-body";
import type { NewScore } from "@/server/store/sqlite/new-request";

/** What the calls work with. */
export interface IntakeParts {
  queue: CommitQueue;
  facts: ControlFacts;
  metrics: IntakeMetrics;
  clock: () => number;
}

export interface Call {
  body: Buffer;
  contentType: string;
}

/** Why there is no room, and where the record says what there is no room for. */
const NO_ROOM = {
  requests: { pointer: "/application", message: "the installation has too many applications already" },
  scores: {
    pointer: "/requestId",
    message: `${MOST_WAITING} scores wait for their request already: send scores of requests that are stored`,
  },
} as const;

/** `POST /api/v1/requests`. */
export async function takeRequests(parts: IntakeParts, { body, contentType }: Call): Promise<Answer> {
  const read = readRequests(body, contentType, { facts: parts.facts, nowMs: parts.clock() });
  const { requests } = await parts.queue.submit({ requests: read.records, scores: [] });
  return recordsAnswer(parts, { source: "requests", read, outcomes: requests });
}

/** `POST /api/v1/scores`. */
export async function takeScores(parts: IntakeParts, { body, contentType }: Call): Promise<Answer> {
  const read = readScores(body, contentType, { facts: parts.facts, nowMs: parts.clock() });
  const { scores } = await parts.queue.submit({ requests: [], scores: read.records });
  return recordsAnswer(parts, { source: "scores", read, outcomes: scores });
}

/** `POST /v1/traces`. */
export async function takeTraces(parts: IntakeParts, { body, contentType }: Call): Promise<Answer> {
  const encoding = otlpEncoding(contentType);
  const groups = encoding === "json" ? decodeJsonTraces(body) : decodeTraces(body);
  const mapped = mapTraces(groups, { facts: parts.facts, nowMs: parts.clock() });
  const outcome = await parts.queue.submit({ requests: mapped.requests, scores: mapped.scores });
  parts.metrics.spans(mapped.spans);
  count(parts.metrics, "traces", outcome.requests);
  count(parts.metrics, "scores", outcome.scores);
  const full = withoutRoom(outcome.requests);
  if (full > 0) mapped.refused.set(NO_ROOM.requests.message, full);
  const rejected = total(mapped.refused);
  for (const [reason, spans] of mapped.refused) {
    const word = reason === NO_ROOM.requests.message ? "no_room" : (REFUSAL_WORDS.get(reason) ?? "unusable");
    parts.metrics.rejected("traces", word, spans);
  }
  const lostScores = withoutRoom(outcome.scores);
  parts.metrics.rejected("scores", "no_room", lostScores);
  const message = [
    ...[...mapped.refused].map(([reason, spans]) => `${spans} spans refused: ${reason}`),
    ...(lostScores > 0 ? [`${lostScores} scores refused: ${NO_ROOM.scores.message}`] : []),
    ...releaseWarning(mapped.withoutRelease),
  ].join("; ");
  return otlpAnswer(encoding, "rejectedSpans", { rejected, message });
}

/** `POST /v1/logs`: evaluation events; all other log records are passed over. */
export async function takeLogs(parts: IntakeParts, { body, contentType }: Call): Promise<Answer> {
  const encoding = otlpEncoding(contentType);
  const groups = encoding === "json" ? decodeJsonLogs(body) : decodeLogs(body);
  const scores: NewScore[] = [];
  const refused = new Map<string, number>();
  for (const record of groups.flatMap((group) => group.records).filter(isEvaluation)) {
    const result = logScore(record, parts.clock());
    if ("score" in result) scores.push(result.score);
    else refused.set(result.message, (refused.get(result.message) ?? 0) + 1);
  }
  const outcome = await parts.queue.submit({ requests: [], scores });
  count(parts.metrics, "logs", outcome.scores);
  const full = withoutRoom(outcome.scores);
  if (full > 0) refused.set(NO_ROOM.scores.message, full);
  const rejected = total(refused);
  parts.metrics.rejected("logs", "unusable", rejected - full);
  parts.metrics.rejected("logs", "no_room", full);
  const message = [...refused].map(([reason, records]) => `${records} records refused: ${reason}`).join("; ");
  return otlpAnswer(encoding, "rejectedLogRecords", { rejected, message });
}

function recordsAnswer<T>(
  { metrics }: IntakeParts,
  { source, read, outcomes }: { source: keyof typeof NO_ROOM; read: ReadRecords<T>; outcomes: readonly WriteOutcome[] },
): Answer {
  const full = outcomes.flatMap((outcome, at): Rejection[] =>
    outcome === "no_room" ? [{ index: read.indexes[at] ?? 0, ...NO_ROOM[source] }] : [],
  );
  const rejected = [...read.rejected, ...full].toSorted((a, b) => a.index - b.index);
  const { accepted, duplicates } = count(metrics, source, outcomes);
  metrics.rejected(source, "invalid", read.rejected.length);
  metrics.rejected(source, "no_room", full.length);
  return jsonAnswer({ accepted, duplicates, rejected });
}

function count(
  metrics: IntakeMetrics,
  source: Source,
  outcomes: readonly WriteOutcome[],
): { accepted: number; duplicates: number } {
  const accepted = outcomes.filter((outcome) => outcome === "accepted").length;
  const duplicates = outcomes.filter((outcome) => outcome === "duplicate").length;
  metrics.accepted(source, accepted);
  metrics.duplicates(source, duplicates);
  return { accepted, duplicates };
}

function withoutRoom(outcomes: readonly WriteOutcome[]): number {
  return outcomes.filter((outcome) => outcome === "no_room").length;
}

function otlpEncoding(contentType: string): OtlpEncoding {
  const encoding = encodingOf(contentType);
  if (encoding !== undefined) return encoding;
  throw new BodyError(415, "send application/x-protobuf or application/json");
}

function otlpAnswer(
  encoding: OtlpEncoding,
  member: "rejectedSpans" | "rejectedLogRecords",
  result: { rejected: number; message: string },
): Answer {
  return {
    status: 200,
    headers: { "content-type": CONTENT_TYPES[encoding] },
    body: exportResponse(encoding, member, result),
  };
}

/** With nothing rejected this is a warning to the sender, which keeps what it sent. */
function releaseWarning(withoutRelease: number): string[] {
  if (withoutRelease === 0) return [];
  const keys = "switchback.release.id, llm.release.id, release.id, then service.version, prompt and model";
  return [`${withoutRelease} spans carry no release id; keys looked for: ${keys}`];
}

function total(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}
