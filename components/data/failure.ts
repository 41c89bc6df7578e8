/** What a failed call means for a page, from the API's problem document. Pure. */
import { TRPCClientError } from "@trpc/client";

export interface Failure {
  kind: "unreachable" | "unauthenticated" | "forbidden" | "not_found" | "conflict" | "refused" | "internal";
  /** In words, fit to be shown. */
  detail: string;
  /** Finds the cause in the server's log. */
  requestId: string | null;
}

interface ProblemData {
  problem?: { status?: number; detail?: string; requestId?: string };
}

const KINDS: Readonly<Record<number, Failure["kind"]>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not_found",
  409: "conflict",
  410: "not_found",
  412: "conflict",
};

export function failureOf(error: unknown): Failure {
  // The API's error formatter adds `problem` to every error that an answer carried.
  const data = error instanceof TRPCClientError ? (error.data as ProblemData | null | undefined) : null;
  const problem = data?.problem;
  if (problem === undefined) {
    return {
      kind: "unreachable",
      detail: "The server did not answer. It may be restarting, or the network is down.",
      requestId: null,
    };
  }
  const status = problem.status ?? 500;
  const kind = KINDS[status] ?? (status >= 500 ? "internal" : "refused");
  return { kind, detail: problem.detail ?? "No detail was given.", requestId: problem.requestId ?? null };
}

/** Whether asking again may help: not for what the server has understood and refused. */
export function mayRetry(error: unknown): boolean {
  const { kind } = failureOf(error);
  return kind === "unreachable" || kind === "internal";
}
