/** The layout of `requests` that its writer and its readers share. */
import type { StoredRequest } from "@/server/store/stored-request";

/** Columns of `requests` in the order the writer binds them. */
export const COLUMNS = [
  "id",
  "application",
  "time_ms",
  "received_after_ms",
  "release",
  "release_source",
  "track",
  "status",
  "request_id",
  "trace_id",
  "span_id",
  "response_id",
  "shadow_of",
  "subject",
  "region",
  "tenant",
  "segments",
  "error_type",
  "refused",
  "toxic",
  "policy_violation",
  "task_completed",
  "ttft_us",
  "ttft_side",
  "duration_us",
  "input_tokens",
  "output_tokens",
  "reasoning_tokens",
  "cost_nano_usd",
  "attributes",
  "sources",
  "flags",
  "extra",
] as const;

/** `release_source` by number. */
export const RELEASE_SOURCES: readonly StoredRequest["releaseSource"][] = ["explicit", "version", "alias", "unknown"];

/** In `response_id`: the response's id is the request's own. */
export const SAME_AS_REQUEST = 1;
