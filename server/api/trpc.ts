/**
 * The procedure builder: access is enforced and errors are mapped here, once. Routers declare access, shapes and one call.
 */
import { initTRPC, TRPCError, type TRPC_ERROR_CODE_KEY } from "@trpc/server";
import type { z } from "zod";
import type { Actor, ControlContext } from "@/server/control/context";
import { withTransaction } from "@/server/store/control/database";
import { requireAccess, type Access } from "./access";
import { controlContext, type ApiContext } from "./context";
import { classify, problemOf, toProblem, type ErrorCode, type Problem } from "./problem";

/** How a procedure appears in the JSON API. */
export interface RestRoute {
  /** One line for the API's description. */
  summary: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/api/v1/releases/{releaseId}`: names in braces are input fields. */
  path: `/api/v1/${string}`;
  /** 200 unless given. */
  status?: 201;
  /** An output field: true answers 201, false 200. */
  createdField?: string;
  /** The input field that takes the whole body, for documents with keys of their own. */
  bodyField?: string;
  /** The input field that `If-Match` sets: the revision that an ETag of the same path begins with. */
  revisionField?: string;
}

export interface ProcedureMeta {
  access: Access;
  rest?: RestRoute;
  input: z.ZodType;
  output: z.ZodType;
}

const TRPC_CODES: Readonly<Record<ErrorCode, TRPC_ERROR_CODE_KEY>> = {
  invalid_input: "BAD_REQUEST",
  unauthenticated: "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  method_not_allowed: "METHOD_NOT_SUPPORTED",
  conflict: "CONFLICT",
  gone: "NOT_FOUND",
  precondition_failed: "PRECONDITION_FAILED",
  too_large: "PAYLOAD_TOO_LARGE",
  unsupported_media_type: "UNSUPPORTED_MEDIA_TYPE",
  unprocessable: "UNPROCESSABLE_CONTENT",
  rate_limited: "TOO_MANY_REQUESTS",
  internal: "INTERNAL_SERVER_ERROR",
  unavailable: "SERVICE_UNAVAILABLE",
};

const t = initTRPC
  .context<ApiContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    errorFormatter: ({ shape, error, ctx }) => {
      const problem = problemOfTrpc(error, ctx?.requestId);
      return { ...shape, message: problem.detail, data: { ...shape.data, problem } };
    },
  });

export const createRouter = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Maps whatever a procedure throws to one of tRPC's codes; the cause of the unexpected goes to the log alone. */
const mapErrors = t.middleware(async ({ ctx, path, next }) => {
  const result = await next();
  if (result.ok) return result;
  const cause = result.error.cause ?? result.error;
  const { code, detail, known } = classify(cause);
  if (!known) ctx.log.error({ requestId: ctx.requestId, path, err: cause }, "a procedure failed");
  throw new TRPCError({ code: TRPC_CODES[code], message: detail, cause });
});

const enforceAccess = t.middleware(({ ctx, meta, next }) => {
  if (meta === undefined) throw new Error("a procedure without declared access");
  const actor = requireAccess(meta.access, ctx.actor);
  const acting = { ...ctx, actor };
  return next({ ctx: { ...acting, write: writer(acting) } });
});

const guarded = t.procedure.use(mapErrors).use(enforceAccess);

/**
 * A procedure with its access, its place in the JSON API and its shapes. What a caller sends is parsed by `input`; what
 * it gets has passed `output`.
 */
export function procedure<Input extends z.ZodType, Output extends z.ZodType>(spec: {
  access: Access;
  rest?: RestRoute;
  input: Input;
  output: Output;
}) {
  return guarded.meta(spec).input(spec.input).output(spec.output);
}

/** Runs a write verb with this call's context; `answer` reads what the caller gets from what the verb returned. */
interface Write {
  <Input, Result>(verb: Verb<Input, Result>, input: Input): Result;
  <Input, Result, Answer>(verb: Verb<Input, Result>, input: Input, answer: (result: Result) => Answer): Answer;
}
type Verb<Input, Result> = (control: ControlContext, input: Input) => Result;

/** With an `Idempotency-Key` the answer is kept in the very transaction of the write. */
function writer(context: ApiContext & { actor: Actor }): Write {
  return <Input, Result>(verb: Verb<Input, Result>, input: Input, answer = (result: Result): unknown => result) => {
    const { recordWrite } = context;
    if (recordWrite === undefined) return answer(verb(controlContext(context), input));
    return withTransaction<{ value: unknown }>(context.control, (tx) => {
      const value = answer(verb(controlContext(context), input));
      recordWrite(tx, value);
      return { value };
    }).value;
  };
}

/** tRPC's own refusals, before any procedure runs. */
const OWN_REFUSALS: Readonly<Partial<Record<TRPC_ERROR_CODE_KEY, ErrorCode>>> = {
  PARSE_ERROR: "invalid_input",
  BAD_REQUEST: "invalid_input",
  NOT_FOUND: "not_found",
  METHOD_NOT_SUPPORTED: "method_not_allowed",
  PAYLOAD_TOO_LARGE: "too_large",
  UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
};

/** The problem document of a tRPC error: of its cause where the domain or a schema refused, else of its own code. */
export function problemOfTrpc(error: TRPCError, requestId?: string): Problem {
  const cause = error.cause ?? error;
  const own = OWN_REFUSALS[error.code];
  if (own === undefined || classify(cause).known) return toProblem(cause, requestId);
  return problemOf({ code: own, detail: error.message, ...(requestId === undefined ? {} : { requestId }) });
}
