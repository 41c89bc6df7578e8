/** What intake hands to the writer: requests and scores that are valid, resolved and in the units they are stored in. */
import type { RequestStatus, Track } from "@/server/domain/vocabulary";
import type { StoredRequest } from "@/server/store/stored-request";
import type { PackedId } from "./packed-id";

/** A score that came with its request. */
export interface InlineScore {
  name: string;
  value: number;
  judge: string | null;
  timeMs: number;
}

/** One request. Absent facts are null. */
export interface NewRequest {
  application: string;
  /** Null: the id is `traceId-spanId`, both 16 and 8 bytes. */
  requestId: string | null;
  timeMs: number;
  releaseId: string | null;
  releaseSource: StoredRequest["releaseSource"];
  track: Track;
  shadowOf: string | null;
  traceId: PackedId | null;
  spanId: PackedId | null;
  responseId: string | null;
  /** First 8 bytes of the SHA-256. */
  subject: Buffer | null;
  region: string | null;
  tenant: string | null;
  segments: Readonly<Record<string, string>> | null;
  status: RequestStatus;
  errorType: string | null;
  refused: boolean | null;
  toxic: boolean | null;
  policyViolation: boolean | null;
  taskCompleted: boolean | null;
  /** Whole microseconds. */
  ttftUs: number | null;
  ttftSide: "client" | "server" | null;
  durationUs: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  reasoningTokens: number | null;
  /** Whole billionths of a dollar. */
  costNanoUsd: number | null;
  scores: readonly InlineScore[];
  features: StoredRequest["features"];
  featureFingerprint: string | null;
  measures: Readonly<Record<string, number>> | null;
  attributes: Readonly<Record<string, unknown>> | null;
  input: string | null;
  output: string | null;
  /** JSON text of field → key. */
  sources: string | null;
  flags: readonly string[];
}

/** A score on its own, for a request that may not have arrived yet. */
export interface NewScore {
  targetKind: "request" | "response" | "span";
  /** The id named; `traceId-spanId` for a span. */
  target: string;
  name: string;
  value: number;
  judge: string | null;
  timeMs: number;
}
