/** One request as it is stored and read back. Times are epoch ms; absent facts are null, never zero. */
import type { RequestStatus, Track } from "@/server/domain/vocabulary";

export interface StoredScore {
  name: string;
  value: number;
  judge: string | null;
  timeMs: number;
}

export interface StoredRequest {
  requestId: string;
  application: string;
  releaseId: string | null;
  /** How the release was found: sent by the gateway, by service version, by the alias at the time, or not at all. */
  releaseSource: "explicit" | "version" | "alias" | "unknown";
  timeMs: number;
  receivedMs: number;
  track: Track;
  shadowOf: string | null;
  traceId: string | null;
  spanId: string | null;
  responseId: string | null;
  /** SHA-256 of the subject, first 16 hex digits. */
  subjectHash: string | null;
  region: string | null;
  tenant: string | null;
  segments: Record<string, string>;
  status: RequestStatus;
  errorType: string | null;
  refused: boolean | null;
  toxic: boolean | null;
  policyViolation: boolean | null;
  taskCompleted: boolean | null;
  ttftMs: number | null;
  ttftSide: "client" | "server" | null;
  durationMs: number | null;
  inputTokens: number | null;
  outputTokens: number | null;
  reasoningTokens: number | null;
  costUsd: number | null;
  scores: StoredScore[];
  features: { view: string; name: string; value: unknown; timestampMs: number | null }[];
  featureFingerprint: string | null;
  measures: Record<string, number>;
  attributes: Record<string, unknown>;
  input: string | null;
  output: string | null;
  /** Field → the telemetry key that fed it. */
  sources: Record<string, string>;
  /** Data-quality remarks. */
  flags: string[];
}
