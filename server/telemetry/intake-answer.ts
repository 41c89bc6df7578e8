/** What the intake answers, and how each kind of failure is told: as a problem document, or as OTLP wants it. */
import { AccessError } from "./access";
import { NotStoredError } from "./commit-queue";
import { CONTENT_TYPES, encodingOf, statusBody } from "./otlp/answers";
import { OtlpDecodeError } from "./otlp/span";
import { BodyError } from "./read-body";
import { isUnavailable } from "@/server/store/sqlite/unavailable";

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer | string;
}

/** What is known of a failure. `cause` is for the log only. */
export interface Failure {
  status: number;
  code: string;
  title: string;
  detail: string;
  headers: Readonly<Record<string, string>>;
  cause?: unknown;
}

type Kind = Pick<Failure, "code" | "title">;

const KINDS: Readonly<Record<number, Kind>> = {
  400: { code: "invalid-input", title: "The request is not valid" },
  401: { code: "unauthenticated", title: "Authentication is needed" },
  403: { code: "forbidden", title: "Not allowed" },
  404: { code: "not-found", title: "Not found" },
  405: { code: "method-not-allowed", title: "Method not allowed" },
  413: { code: "too-large", title: "The request is too large" },
  415: { code: "unsupported-media-type", title: "Media type not supported" },
  429: { code: "rate-limited", title: "Too many requests" },
  503: { code: "unavailable", title: "Temporarily unavailable" },
};
const INTERNAL: Kind = { code: "internal", title: "Internal error" };

/** A failure with a status of its own. */
export function failure(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Failure {
  return { status, ...(KINDS[status] ?? INTERNAL), detail, headers };
}

/** Sorts whatever was thrown. A database that is busy, full or away is 503, never 500: clients drop what got a 500. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AccessError) {
    return failure(error.status, error.message, error.status === 401 ? { "www-authenticate": "Bearer" } : {});
  }
  if (error instanceof BodyError) return failure(error.status, error.message);
  if (error instanceof OtlpDecodeError) return failure(400, error.message);
  if (error instanceof NotStoredError) {
    const retry = { "retry-after": String(error.retryAfterSeconds) };
    return failure(error.reason === "overloaded" ? 429 : 503, error.message, retry);
  }
  if (isUnavailable(error)) {
    const detail = "the database cannot be read just now; nothing was stored, send again";
    return { ...failure(503, detail, { "retry-after": "2" }), cause: error };
  }
  return { ...failure(500, "something failed on the server; nothing was stored"), cause: error };
}

/** A failure as RFC 9457 wants it. */
export function problemAnswer({ status, code, title, detail, headers }: Failure): Answer {
  const problem = { type: `urn:switchback:problem:${code}`, title, status, detail };
  return {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: JSON.stringify(problem),
  };
}

/** A failure as OTLP/HTTP wants it: a Status in the content type of the request, protobuf where that is unknown. */
export function statusAnswer(contentType: string, { status, detail, headers }: Failure): Answer {
  const encoding = encodingOf(contentType) ?? "protobuf";
  return {
    status,
    headers: { "content-type": CONTENT_TYPES[encoding], ...headers },
    body: statusBody(encoding, status, detail),
  };
}

export function jsonAnswer(value: unknown): Answer {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function textAnswer(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
