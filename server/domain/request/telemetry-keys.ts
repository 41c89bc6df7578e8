/**
 * The fields that are looked for in telemetry, and an application's own keys for them: what its gateway calls things where
 * no convention has a name.
 */
import { z } from "zod";
import { closedObject } from "@/server/domain/input";

/** What a span can tell, in the words of a Request record. */
export const TELEMETRY_FIELDS = [
  "application",
  "releaseId",
  "releaseLabel",
  "appVersion",
  "track",
  "isSilent",
  "shadowOf",
  "environment",
  "gitCommit",
  "region",
  "tenant",
  "promptName",
  "promptVersion",
  "provider",
  "modelRequested",
  "modelServed",
  "operation",
  "requestId",
  "responseId",
  "session",
  "subject",
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "reasoningTokens",
  "costUsd",
  "ttftMs",
  "serverTtftMs",
  "completionStart",
  "streaming",
  "finishReason",
  "errorType",
  "httpStatus",
  "refused",
  "toxic",
  "policyViolation",
  "taskCompleted",
  "featureFingerprint",
  "input",
  "output",
] as const;
export type TelemetryField = (typeof TELEMETRY_FIELDS)[number];

/** Keys per field: each is looked up for every attribute that comes in. */
const MOST_KEYS = 8;

/** A key, or `key*factor` where its unit is another: `gateway.ttft_seconds*1000`. */
const TelemetryKey = z
  .string()
  .max(200, "a key has at most 200 characters")
  .regex(/^[^\s*]+(?:\*\d+(?:\.\d+)?)?$/, "must be a key without spaces, or key*factor to change its unit");

const Keys = z
  .array(TelemetryKey)
  .max(MOST_KEYS, `at most ${MOST_KEYS} keys for a field`)
  .refine((keys) => new Set(keys).size === keys.length, "each key once");

/** The application is what decides whose keys are read, so it has none of its own. */
type KeyedField = Exclude<TelemetryField, "application">;

/** Field → its own keys, the first that has a value wins, before all conventions. */
export const TelemetryKeys = closedObject(
  Object.fromEntries(
    TELEMETRY_FIELDS.filter((field) => field !== "application").map((field) => [field, Keys.optional()]),
  ) as Record<KeyedField, z.ZodOptional<typeof Keys>>,
);
export type TelemetryKeys = z.infer<typeof TelemetryKeys>;
