/** The fields in words: what each is called, how its value is read for people, and which keys are looked for. */
import type { Field } from "@/server/telemetry/mapper/field-keys";
import { FIELD_KEYS, METADATA_BLOBS, METADATA_PREFIXES } from "@/server/telemetry/mapper/field-keys";
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";

/** How a field's value is read: the same bounds as the mapper's. */
export type FieldKind =
  | "text"
  | "texts"
  | "id"
  | "subject"
  | "content"
  | "truth"
  | "tokens"
  | "milliseconds"
  | "usd"
  | "track";

export const FIELD_WORDS: Readonly<Record<Field, { label: string; kind: FieldKind }>> = {
  application: { label: "application", kind: "text" },
  releaseId: { label: "release id", kind: "text" },
  releaseLabel: { label: "release label", kind: "text" },
  appVersion: { label: "version of the service", kind: "text" },
  track: { label: "track", kind: "track" },
  isSilent: { label: "silent experiment", kind: "truth" },
  shadowOf: { label: "request it shadows", kind: "id" },
  environment: { label: "environment", kind: "text" },
  gitCommit: { label: "git commit", kind: "text" },
  region: { label: "region", kind: "text" },
  tenant: { label: "tenant", kind: "text" },
  promptName: { label: "prompt", kind: "text" },
  promptVersion: { label: "prompt version", kind: "text" },
  provider: { label: "provider", kind: "text" },
  modelRequested: { label: "model asked for", kind: "text" },
  modelServed: { label: "model that answered", kind: "text" },
  operation: { label: "operation", kind: "text" },
  requestId: { label: "request id", kind: "id" },
  responseId: { label: "response id", kind: "id" },
  session: { label: "conversation", kind: "subject" },
  subject: { label: "user", kind: "subject" },
  inputTokens: { label: "input tokens", kind: "tokens" },
  outputTokens: { label: "output tokens", kind: "tokens" },
  cacheReadTokens: { label: "input tokens read from a cache", kind: "tokens" },
  cacheWriteTokens: { label: "input tokens written to a cache", kind: "tokens" },
  reasoningTokens: { label: "reasoning tokens", kind: "tokens" },
  costUsd: { label: "cost", kind: "usd" },
  ttftMs: { label: "time to first token, at the gateway", kind: "milliseconds" },
  serverTtftMs: { label: "time to first token, at the model server", kind: "milliseconds" },
  completionStart: { label: "start of the completion", kind: "text" },
  streaming: { label: "streamed", kind: "truth" },
  finishReason: { label: "finish reason", kind: "texts" },
  errorType: { label: "error type", kind: "text" },
  httpStatus: { label: "HTTP status", kind: "text" },
  refused: { label: "refused to answer", kind: "truth" },
  toxic: { label: "toxic", kind: "truth" },
  policyViolation: { label: "policy violation", kind: "truth" },
  taskCompleted: { label: "task completed", kind: "truth" },
  featureFingerprint: { label: "feature fingerprint", kind: "text" },
  input: { label: "request text", kind: "content" },
  output: { label: "response text", kind: "content" },
};

/** Every key that is looked for, in the order in which it is tried. */
export function keysLookedFor(field: Field, own: TelemetryKeys | undefined): string[] {
  const { span, resource = [], metadata = [] } = FIELD_KEYS[field];
  const named = field === "application" ? [] : (own?.[field] ?? []);
  const [firstPrefix] = METADATA_PREFIXES;
  const [firstBlob] = METADATA_BLOBS;
  return [
    ...named.map((key) => `${withoutFactor(key)} (this application’s own)`),
    ...span.map(withoutFactor),
    ...resource.filter((key) => !span.includes(key)).map((key) => `${withoutFactor(key)} (resource)`),
    ...metadata.map((name) => `${firstPrefix}${name} and the like, or ${name} in a ${firstBlob} text`),
  ];
}

function withoutFactor(key: string): string {
  return key.split("*")[0] ?? key;
}
