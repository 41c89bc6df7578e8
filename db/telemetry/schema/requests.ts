/**
 * Requests and how they are found. Words of low cardinality are numbers of `dictionary`; ids that are hex are blobs.
 * A word that no longer fits into the dictionary is kept in the same column as a blob of its UTF-8 bytes.
 */
import { blob, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** Each word once: applications, releases, segment values, error types, measures, attribute pairs. Never deleted. */
export const dictionary = sqliteTable(
  "dictionary",
  {
    id: integer("id").primaryKey(),
    /** What the word is used as; see `WORD_KINDS`. */
    kind: integer("kind").notNull(),
    word: text("word").notNull(),
  },
  (table) => [uniqueIndex("dictionary_by_word").on(table.kind, table.word)],
);

/** One row per logical LLM response, in order of arrival. Millions a day; deleted by age in small steps. */
export const requests = sqliteTable(
  "requests",
  {
    id: integer("id").primaryKey(),
    application: integer("application").notNull(),
    /** Start of the request, epoch ms. */
    timeMs: integer("time_ms").notNull(),
    /** Commit time minus `time_ms`; negative when the gateway's clock is ahead. */
    receivedAfterMs: integer("received_after_ms").notNull(),
    /** Null: no release was found. */
    release: integer("release"),
    releaseSource: integer("release_source").notNull(),
    track: integer("track").notNull(),
    /** 0 ok, 1 error. */
    status: integer("status").notNull(),
    /** Null: the id is `traceId-spanId`. */
    requestId: blob("request_id", { mode: "buffer" }),
    traceId: blob("trace_id", { mode: "buffer" }),
    spanId: blob("span_id", { mode: "buffer" }),
    responseId: blob("response_id", { mode: "buffer" }),
    shadowOf: blob("shadow_of", { mode: "buffer" }),
    /** First 8 bytes of the subject's SHA-256. */
    subject: blob("subject", { mode: "buffer" }),
    region: integer("region"),
    tenant: integer("tenant"),
    /** The other segments, as the word of their JSON object. */
    segments: integer("segments"),
    errorType: integer("error_type"),
    refused: integer("refused"),
    toxic: integer("toxic"),
    policyViolation: integer("policy_violation"),
    taskCompleted: integer("task_completed"),
    ttftUs: integer("ttft_us"),
    /** 0 client, 1 server; null without a time to first token. */
    ttftSide: integer("ttft_side"),
    durationUs: integer("duration_us"),
    inputTokens: integer("input_tokens"),
    outputTokens: integer("output_tokens"),
    reasoningTokens: integer("reasoning_tokens"),
    costNanoUsd: integer("cost_nano_usd"),
    /** Attributes that fed no field, coded against the dictionary. */
    attributes: blob("attributes", { mode: "buffer" }),
    /** Which key fed which field, as the word of a JSON object. */
    sources: integer("sources"),
    /** Data-quality remarks, as the word of a JSON array. */
    flags: integer("flags"),
    /** JSON of the rare fields: features, feature fingerprint, own measures. */
    extra: text("extra"),
  },
  // Pages of an application's requests, newest first.
  (table) => [index("requests_by_time").on(table.application, table.timeMs)],
);

/**
 * Unique request ids: `id` is the 10-minute bucket of the request's time · 2^31 + 31 bits of a hash of its id (or the next
 * free number, when another id has taken it). Random ids then touch only the pages of the buckets that are being filled; a
 * unique index on the ids themselves would touch all of them.
 */
export const requestKeys = sqliteTable("request_keys", {
  id: integer("id").primaryKey(),
  request: integer("request").notNull(),
});

/** The buckets of `request_keys` that hold anything: what a search without a time looks through, newest first. */
export const requestBuckets = sqliteTable("request_buckets", { bucket: integer("bucket").primaryKey() });

/**
 * Finds requests by trace, response, subject and shadowed request: 65,536 requests in a row share a segment, and `id` is
 * (segment · 2^21 + 21 bits of a hash of kind and value) · 2^16 + the request's place in the segment.
 */
export const requestLinks = sqliteTable("request_links", { id: integer("id").primaryKey() });

/** Request and response text, only of applications that turned it on. Deleted with the request. */
export const requestContent = sqliteTable("request_content", {
  request: integer("request").primaryKey(),
  input: text("input"),
  output: text("output"),
});

/** One row per (request, score, judge): the first one stands. Without rowid. */
export const scores = sqliteTable(
  "scores",
  {
    request: integer("request").notNull(),
    name: integer("name").notNull(),
    /** 0: no judge was named. */
    judge: integer("judge").notNull(),
    value: real("value").notNull(),
    timeMs: integer("time_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.request, table.name, table.judge] })],
);

/** Scores whose request has not arrived. Moved to `scores` when it does; deleted by age. */
export const pendingScores = sqliteTable(
  "pending_scores",
  {
    id: integer("id").primaryKey(),
    /** Hash of what the score names: a request, a response or a span. */
    hash: integer("hash").notNull(),
    /** `request`, `response` or `span`, and the id itself. */
    targetKind: text("target_kind", { enum: ["request", "response", "span"] }).notNull(),
    target: text("target").notNull(),
    name: text("name").notNull(),
    judge: text("judge"),
    value: real("value").notNull(),
    timeMs: integer("time_ms").notNull(),
    receivedMs: integer("received_ms").notNull(),
  },
  (table) => [
    // The scores that wait for a request that has just arrived; a retry of one.
    index("pending_scores_by_hash").on(table.hash),
  ],
);
