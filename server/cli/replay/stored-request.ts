/** A Request record in the form in which the store gives it back. What no evaluation looks at is not kept. */
import { hash } from "node:crypto";
import type { RequestRecord } from "@/server/domain/request/request-record";
import type { StoredRequest } from "@/server/store/stored-request";

/** What a request has not stated is null, never zero. */
const NOT_STATED = {
  releaseId: null,
  shadowOf: null,
  traceId: null,
  region: null,
  tenant: null,
  errorType: null,
  refused: null,
  toxic: null,
  policyViolation: null,
  taskCompleted: null,
  ttftMs: null,
  durationMs: null,
  inputTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  costUsd: null,
  featureFingerprint: null,
} as const;

/** The stored form of a record that arrived at its own time. */
export function storedRequest(record: RequestRecord): StoredRequest {
  const { timeMs, subject } = record;
  return {
    ...NOT_STATED,
    ...record,
    application: "",
    releaseSource: "explicit",
    receivedMs: timeMs,
    subjectHash: subject === undefined ? null : hash("sha256", subject).slice(0, 16),
    spanId: null,
    responseId: null,
    ttftSide: null,
    scores: Object.entries(record.scores).map(([name, value]) => ({ name, value, judge: null, timeMs })),
    features: [],
    attributes: {},
    input: null,
    output: null,
    sources: {},
    flags: [],
  };
}
