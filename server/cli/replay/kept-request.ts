/**
 * A request as a replay keeps it, and as the store would give it back. Hundreds of thousands are kept: only what an
 * evaluation can look at, in objects of one shape.
 */
import { hash } from "node:crypto";
import type { RequestFacts } from "@/server/domain/request/observations";
import type { RequestRecord } from "@/server/domain/request/request-record";
import type { Track } from "@/server/domain/vocabulary";
import type { StoredRequest } from "@/server/store/stored-request";

export interface KeptRequest extends RequestFacts {
  readonly requestId: string;
  readonly releaseId: string | undefined;
  readonly timeMs: number;
  readonly track: Track;
  readonly subject: string | undefined;
  readonly region: string | undefined;
  readonly tenant: string | undefined;
  readonly segments: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<string, number>>;
}

/** What is kept of a record. */
export function keptRequest(record: RequestRecord): KeptRequest {
  return {
    requestId: record.requestId,
    releaseId: record.releaseId,
    timeMs: record.timeMs,
    track: record.track,
    subject: record.subject,
    region: record.region,
    tenant: record.tenant,
    segments: record.segments,
    status: record.status,
    refused: record.refused,
    toxic: record.toxic,
    policyViolation: record.policyViolation,
    taskCompleted: record.taskCompleted,
    ttftMs: record.ttftMs,
    durationMs: record.durationMs,
    inputTokens: record.inputTokens,
    outputTokens: record.outputTokens,
    reasoningTokens: record.reasoningTokens,
    costUsd: record.costUsd,
    scores: record.scores,
    measures: record.measures,
  };
}

/** The stored form of a request that arrived at its own time. */
export function storedRequest(kept: KeptRequest): StoredRequest {
  const { requestId, timeMs, track, subject, status, segments, measures } = kept;
  return {
    ...NOT_KEPT,
    requestId,
    track,
    subjectHash: subject === undefined ? null : hash("sha256", subject).slice(0, 16),
    timeMs,
    receivedMs: timeMs,
    releaseId: orNull(kept.releaseId),
    region: orNull(kept.region),
    tenant: orNull(kept.tenant),
    segments,
    status,
    refused: orNull(kept.refused),
    toxic: orNull(kept.toxic),
    policyViolation: orNull(kept.policyViolation),
    taskCompleted: orNull(kept.taskCompleted),
    ttftMs: orNull(kept.ttftMs),
    durationMs: orNull(kept.durationMs),
    inputTokens: orNull(kept.inputTokens),
    outputTokens: orNull(kept.outputTokens),
    reasoningTokens: orNull(kept.reasoningTokens),
    costUsd: orNull(kept.costUsd),
    scores: Object.entries(kept.scores).map(([name, value]) => ({ name, value, judge: null, timeMs })),
    measures,
  };
}

const NOT_KEPT = {
  application: "",
  releaseSource: "explicit",
  shadowOf: null,
  traceId: null,
  spanId: null,
  responseId: null,
  ttftSide: null,
  errorType: null,
  features: [],
  featureFingerprint: null,
  attributes: {},
  input: null,
  output: null,
  sources: {},
  flags: [],
} satisfies Partial<StoredRequest>;

function orNull<T>(value: T | null | undefined): T | null {
  return value ?? null;
}
