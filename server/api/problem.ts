/** RFC 9457 problem documents: the one mapping from errors to what a caller sees. Unknown errors show nothing of themselves. */
import { z } from "zod";
import { DomainError, type DomainErrorCode, type Issue } from "@/server/domain/errors";
import { issuesOf } from "@/server/domain/input";

export const PROBLEM_TYPE = "application/problem+json";

export const ProblemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** One entry per wrong value, each with an RFC 6901 pointer into the request, and its place in a text. */
  errors: z
    .array(
      z.object({
        pointer: z.string(),
        message: z.string(),
        line: z.number().int().optional(),
        column: z.number().int().optional(),
      }),
    )
    .optional(),
  /** Correlates the answer with the server's log. */
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof ProblemDocument>;

/** What the edge itself refuses, beside the domain's own codes. */
type EdgeErrorCode = "method_not_allowed" | "unprocessable" | "unsupported_media_type" | "internal";
export type ErrorCode = DomainErrorCode | EdgeErrorCode;

const KINDS: Readonly<Record<ErrorCode, { status: number; title: string }>> = {
  invalid_input: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Authentication is needed" },
  forbidden: { status: 403, title: "Not allowed" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  conflict: { status: 409, title: "Conflict with the present state" },
  gone: { status: 410, title: "Gone" },
  precondition_failed: { status: 412, title: "The state has moved on" },
  too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "Media type not supported" },
  unprocessable: { status: 422, title: "The request contradicts an earlier one" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Internal error" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
};

/** An error of the edge itself: no such path, wrong method, wrong media type. */
export class EdgeError extends Error {
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "EdgeError";
    this.code = code;
    this.headers = headers;
  }
}

/** What is known about any thrown value. `known` false: only the log may say more. */
export interface Classified {
  code: ErrorCode;
  detail: string;
  issues: readonly Issue[];
  known: boolean;
}

/** Sorts a thrown value into the closed set of codes. */
export function classify(error: unknown): Classified {
  if (error instanceof DomainError) {
    return { code: error.code, detail: error.message, issues: error.issues, known: true };
  }
  if (error instanceof EdgeError) return { code: error.code, detail: error.message, issues: [], known: true };
  if (error instanceof z.core.$ZodError) {
    const issues = issuesOf(error);
    return { code: "invalid_input", detail: summary(issues), issues, known: true };
  }
  if (isStorageRefusal(error)) {
    const detail = "the database cannot take this now; nothing was changed, try again shortly";
    return { code: "unavailable", detail, issues: [], known: false };
  }
  const detail = "something failed on the server; nothing more is known to the caller";
  return { code: "internal", detail, issues: [], known: false };
}

/** The document for a thrown value. `requestId` finds the cause in the server's log. */
export function toProblem(error: unknown, requestId?: string): Problem {
  const { code, detail, issues } = classify(error);
  return problemOf({ code, detail, issues, ...(requestId === undefined ? {} : { requestId }) });
}

/** The document for a code and a sentence. */
export function problemOf(input: {
  code: ErrorCode;
  detail: string;
  issues?: readonly Issue[];
  requestId?: string;
}): Problem {
  const { status, title } = KINDS[input.code];
  return {
    type: `urn:switchback:problem:${input.code.replaceAll("_", "-")}`,
    title,
    status,
    detail: input.detail,
    ...(input.issues === undefined || input.issues.length === 0 ? {} : { errors: [...input.issues] }),
    ...(input.requestId === undefined ? {} : { requestId: input.requestId }),
  };
}

function summary(issues: readonly Issue[]): string {
  const [first] = issues;
  if (first === undefined) return "the request is not valid";
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${first.pointer === "" ? "" : `${first.pointer}: `}${first.message}${more}`;
}

/** Locked, full or read-only storage: the caller may try again. */
function isStorageRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^SQLITE_(BUSY|LOCKED|FULL|READONLY|IOERR)/.test(code);
}
