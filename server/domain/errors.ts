/**
 * The closed error union of the domain. Edges map each code once, to tRPC and to an HTTP problem; nothing else throws
 * on purpose. Expected outcomes (no data, a refused gate) are return values, not errors.
 */

const DOMAIN_ERROR_CODES = [
  "invalid_input",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "gone",
  "precondition_failed",
  "too_large",
  "rate_limited",
  "unavailable",
] as const;
export type DomainErrorCode = (typeof DOMAIN_ERROR_CODES)[number];

/** One complaint about one value: `pointer` is an RFC 6901 JSON pointer into the input (`""` is the whole of it). */
export interface Issue {
  readonly pointer: string;
  readonly message: string;
  /** Where it stands in a text that was handed in as such, from 1. */
  readonly line?: number;
  readonly column?: number;
}

/** An expected refusal: `message` says what, which entity, which limit and the next step; it is safe to show. */
export class DomainError extends Error {
  readonly code: DomainErrorCode;
  readonly issues: readonly Issue[];

  constructor(code: DomainErrorCode, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.name = "DomainError";
    this.code = code;
    this.issues = issues;
  }
}

/** The input is malformed; `issues` point at each wrong value. */
export function invalidInput(message: string, issues: readonly Issue[] = []): DomainError {
  return new DomainError("invalid_input", message, issues);
}

/** `notFound("release", "a0e277e29c")`: there is no such entity, or the caller may not know of it. */
export function notFound(what: string, id: string): DomainError {
  return new DomainError("not_found", `there is no ${what} ${id}`);
}

/** The request contradicts the present state, e.g. a second live rollout on one alias. */
export function conflict(message: string): DomainError {
  return new DomainError("conflict", message);
}

/** The caller is known and may not do this. */
export function forbidden(message: string): DomainError {
  return new DomainError("forbidden", message);
}

/** The state moved on since the caller read it: read again and decide again. */
export function preconditionFailed(message: string): DomainError {
  return new DomainError("precondition_failed", message);
}
