/**
 * The Request and Score records that gateways send, checked and in the product's own units. A wrong value refuses its
 * record with a pointer; a key the product does not know is passed over, so that gateways may send more than it reads.
 */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import type { Issue } from "@/server/domain/errors";
import { ApplicationId, RequestId } from "@/server/domain/ids";
import { issuesOf, openRecord } from "@/server/domain/input";
import type { RequestStatus } from "@/server/domain/vocabulary";
import { REQUEST_STATUSES, TRACKS } from "@/server/domain/vocabulary";
import { FeatureTimeInput, TimeInput } from "./time-input";

/** Limits of one record. */
const REQUEST_LIMITS = {
  textLength: 512,
  attributes: 64,
  features: 200,
  contentBytes: 256 * 1024,
} as const;

const Text = z.string().max(REQUEST_LIMITS.textLength, `at most ${REQUEST_LIMITS.textLength} characters`);
/** Kept exact in millionths: |value| · 10^6 stays below 2^53. */
const Measure = z.number().min(-9e9, "must be at least -9e9").max(9e9, "must be at most 9e9");
const Milliseconds = z.number().min(0, "must not be negative").max(1e9, "must be milliseconds, at most 1e9");
const Tokens = z.number().int("must be a whole number").min(0, "must not be negative").max(1e9, "must be at most 1e9");
const Dollars = z.number().min(0, "must not be negative").max(1e6, "must be US dollars, at most 1e6");

const Scalar = z.union([Text, z.number(), z.boolean()], { error: "must be a text, a number or true or false" });
const Key = z.string().min(1, "a name is needed").max(128, "a name has at most 128 characters");

/** A map of at most 64 names. */
function names<Value extends z.ZodType>(value: Value) {
  return openRecord(Key, value).refine(
    (record) => Object.keys(record).length <= REQUEST_LIMITS.attributes,
    `at most ${REQUEST_LIMITS.attributes} names`,
  );
}

/** Request and response: a text, or chat messages and the like, kept as their JSON. */
const Content = z
  .unknown()
  .transform((value) => (typeof value === "string" ? value : JSON.stringify(value)))
  .refine(
    (text) => text.length * 3 <= REQUEST_LIMITS.contentBytes || utf8ToBytes(text).length <= REQUEST_LIMITS.contentBytes,
    `at most ${REQUEST_LIMITS.contentBytes / 1024} KiB`,
  );

const Feature = z
  .object({
    view: Text.min(1, "a feature needs its view"),
    name: Text.min(1, "a feature needs its name"),
    value: z.union([Scalar, z.null()]),
    timestamp: FeatureTimeInput,
  })
  .transform(({ timestamp, ...feature }) => present({ ...feature, timestampMs: timestamp }));

/** A Request record as it comes in, without its nulls; `requestId` alone is required. */
export const RequestInput = z.object({
  requestId: RequestId,
  application: ApplicationId.optional(),
  releaseId: Text.min(1, "must not be empty").optional(),
  time: TimeInput.optional(),
  track: z.enum(TRACKS, { error: `must be one of ${TRACKS.join(", ")}` }).default("control"),
  shadowOf: RequestId.optional(),
  traceId: Text.optional(),
  subject: Text.optional(),
  region: Text.optional(),
  tenant: Text.optional(),
  segments: names(Scalar.transform(String)).default({}),
  status: z.enum(REQUEST_STATUSES, { error: `must be one of ${REQUEST_STATUSES.join(", ")}` }).optional(),
  errorType: Text.optional(),
  refused: z.boolean().optional(),
  toxic: z.boolean().optional(),
  policyViolation: z.boolean().optional(),
  taskCompleted: z.boolean().optional(),
  ttftMs: Milliseconds.optional(),
  durationMs: Milliseconds.optional(),
  inputTokens: Tokens.optional(),
  outputTokens: Tokens.optional(),
  reasoningTokens: Tokens.optional(),
  costUsd: Dollars.optional(),
  scores: names(Measure).default({}),
  features: z.array(Feature).max(REQUEST_LIMITS.features, `at most ${REQUEST_LIMITS.features} features`).default([]),
  featureFingerprint: Text.optional(),
  measures: names(Measure).default({}),
  attributes: names(Scalar).default({}),
  input: Content.optional(),
  output: Content.optional(),
});

/** A Score record as it comes in, without its nulls. */
export const ScoreInput = z.object({
  requestId: RequestId,
  name: Key,
  value: Measure,
  judge: Text.optional(),
  time: TimeInput.optional(),
});

/** Something odd that does not refuse the record: the first token cannot come after the end. */
type RequestFlag = "ttft_exceeds_duration";

/** Removes `undefined` from what an optional member may hold; absent members are left out instead. */
type Present<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** A request in the product's own terms: epoch milliseconds, every default filled in, absent values left out. */
export type RequestRecord = Readonly<
  Present<Omit<z.output<typeof RequestInput>, "time" | "status">> & {
    timeMs: number;
    status: RequestStatus;
    flags: readonly RequestFlag[];
  }
>;

/** A judge's, a human's or a rule's value for a request. */
export type ScoreRecord = Readonly<Present<Omit<z.output<typeof ScoreInput>, "time">> & { timeMs: number }>;

/** One record's outcome: the rest of its batch does not depend on it. */
export type ParsedRecord<T> =
  | { readonly ok: true; readonly record: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads one Request record. @param receivedMs the time of a record that carries none. */
export function parseRequestRecord(input: unknown, receivedMs: number): ParsedRecord<RequestRecord> {
  const result = RequestInput.safeParse(withoutNulls(input));
  if (!result.success) return { ok: false, issues: issuesOf(result.error) };
  const { time, status, ...rest } = result.data;
  // Who names the error's type says that there was one.
  const implied: RequestStatus = rest.errorType === undefined ? "ok" : "error";
  const early = rest.ttftMs !== undefined && rest.durationMs !== undefined && rest.ttftMs > rest.durationMs;
  const flags: readonly RequestFlag[] = early ? ["ttft_exceeds_duration"] : [];
  return { ok: true, record: { ...present(rest), timeMs: time ?? receivedMs, status: status ?? implied, flags } };
}

/** Reads one Score record. @param receivedMs the time of a record that carries none. */
export function parseScoreRecord(input: unknown, receivedMs: number): ParsedRecord<ScoreRecord> {
  const result = ScoreInput.safeParse(withoutNulls(input));
  if (!result.success) return { ok: false, issues: issuesOf(result.error) };
  const { time, ...rest } = result.data;
  return { ok: true, record: { ...present(rest), timeMs: time ?? receivedMs } };
}

/**
 * Gateways write an absent value as null as often as they leave it out. Taken out here, once for the record: a step for
 * each of its thirty members would cost several times what checking them does.
 */
function withoutNulls(input: unknown): unknown {
  if (typeof input !== "object" || input === null || !holds(input, null)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, member]) => member !== null));
}

/** The object without its undefined members. */
function present<T extends object>(value: T): Present<T> {
  // What is left out is exactly what `Present` makes optional.
  if (!holds(value, undefined)) return value as unknown as Present<T>;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}

/** Whether a member is `absent`. A loop, because it is asked of every record and a list of its members costs more. */
function holds(value: object, absent: null | undefined): boolean {
  for (const key in value) if (value[key as keyof typeof value] === absent) return true;
  return false;
}
