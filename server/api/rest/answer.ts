/** Writes answers: JSON, and problem documents for everything that went wrong. */
import type { ServerResponse } from "node:http";
import { TRPCError } from "@trpc/server";
import type { Log } from "@/server/api/context";
import { classify, EdgeError, PROBLEM_TYPE, toProblem, type Problem } from "@/server/api/problem";
import { problemOfTrpc } from "@/server/api/trpc";

/** Sends `body`, already JSON text. */
export function sendJson(
  response: ServerResponse,
  answer: { status: number; body: string; headers?: Readonly<Record<string, string>> },
): void {
  response.writeHead(answer.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(answer.body),
    "cache-control": "no-store",
    ...answer.headers,
  });
  response.end(answer.body);
}

/** Sends a problem document; 401 names the scheme, 429 and 503 say when to come back. */
export function sendProblem(
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    "content-type": PROBLEM_TYPE,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(problem.status === 401 ? { "www-authenticate": 'Bearer realm="switchback"' } : {}),
    ...(problem.status === 429 || problem.status === 503 ? { "retry-after": "1" } : {}),
    ...headers,
  });
  response.end(body);
}

/** Sends whatever was thrown; the unexpected is logged with its correlation id. Procedures have logged theirs already. */
export function sendError(
  response: ServerResponse,
  failure: { error: unknown; requestId: string; log: Log; mapPointer?: (pointer: string) => string },
): void {
  const { error, requestId, log } = failure;
  const problem = error instanceof TRPCError ? problemOfTrpc(error, requestId) : toProblem(error, requestId);
  if (!(error instanceof TRPCError) && !classify(error).known) log.error({ requestId, err: error }, "a request failed");
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const mapPointer = failure.mapPointer ?? ((pointer: string): string => pointer);
  const errors = problem.errors?.map((issue) => ({ ...issue, pointer: mapPointer(issue.pointer) }));
  const edge = error instanceof EdgeError ? error.headers : {};
  sendProblem(response, errors === undefined ? problem : { ...problem, errors }, edge);
}
