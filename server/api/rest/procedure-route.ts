/** A procedure as a path of the JSON API: merges the input, calls it, answers. All rules live in the procedure. */
import { callTRPCProcedure } from "@trpc/server";
import { createContext, type ApiContext, type ApiDeps } from "@/server/api/context";
import type { AppRouter } from "@/server/api/router";
import { sendError, sendJson } from "./answer";
import { decodeBody, readBytes } from "./body";
import { readIdempotencyKey, recorder, replayAnswer } from "./idempotency";
import { mergeInput, pointerInBody, setRevision } from "./input";
import { jsonSchemaOf, type DeclaredProcedure, type JsonSchema, type RestProcedure } from "./procedures";
import type { Route, RoutedExchange } from "./route";

/** The route of one procedure. */
export function procedureRoute(router: AppRouter, deps: ApiDeps, procedure: RestProcedure): Route {
  const { method, path, bodyField } = procedure.rest;
  const schema = jsonSchemaOf(procedure.meta.input, "input");
  return {
    method,
    path,
    access: procedure.meta.access,
    serve: async (exchange) => {
      try {
        await serve({ router, deps, procedure, schema, exchange });
      } catch (error) {
        const mapPointer = (pointer: string): string => pointerInBody(pointer, bodyField);
        sendError(exchange.response, { error, requestId: exchange.requestId, log: deps.log, mapPointer });
      }
    },
  };
}

async function serve(call: {
  router: AppRouter;
  deps: ApiDeps;
  procedure: RestProcedure;
  schema: JsonSchema;
  exchange: RoutedExchange;
}): Promise<void> {
  const { deps, exchange, procedure } = call;
  const { actor, request, response, params, requestId } = exchange;
  const isWrite = procedure.type === "mutation";
  const bytes = isWrite ? await readBytes(request) : Buffer.alloc(0);
  const context = createContext(deps, { actor, requestId });
  const key = isWrite ? idempotencyOf(exchange, bytes) : undefined;
  if (key !== undefined) {
    const kept = replayAnswer(context, { ...key, actorId: actor.id });
    if (kept !== undefined) {
      sendJson(response, { ...kept, headers: { "idempotency-replayed": "true" } });
      return;
    }
    const statusOf = (output: unknown): number => successStatus(procedure, output);
    context.recordWrite = recorder(context, { ...key, actorId: actor.id, output: procedure.meta.output, statusOf });
  }
  const body = decodeBody(bytes, request);
  const { bodyField, revisionField } = procedure.rest;
  const input = mergeInput({ schema: call.schema, bodyField, params, query: exchange.url.searchParams, body });
  const held = request.headers["if-match"];
  if (revisionField !== undefined && held !== undefined) setRevision(input, revisionField, held);
  const output = await callProcedure(call.router, { procedure, context, input });
  sendJson(response, { status: successStatus(procedure, output), body: JSON.stringify(output) });
}

/** Calls a procedure by its name, as tRPC itself does: access, input and output are checked. */
async function callProcedure(
  router: AppRouter,
  call: { procedure: Pick<DeclaredProcedure, "name" | "type">; context: ApiContext; input: unknown },
): Promise<unknown> {
  return callTRPCProcedure({
    router,
    path: call.procedure.name,
    type: call.procedure.type,
    ctx: call.context,
    getRawInput: () => Promise.resolve(call.input),
    input: undefined,
    signal: undefined,
    batchIndex: 0,
  });
}

function idempotencyOf(exchange: RoutedExchange, bytes: Buffer): ReturnType<typeof readIdempotencyKey> {
  const { request, url } = exchange;
  const header = request.headers["idempotency-key"];
  return readIdempotencyKey(header, { method: request.method ?? "", url: `${url.pathname}${url.search}`, bytes });
}

function successStatus(procedure: RestProcedure, output: unknown): number {
  const { status, createdField } = procedure.rest;
  if (createdField === undefined) return status ?? 200;
  const created = typeof output === "object" && output !== null && Reflect.get(output, createdField) === true;
  return created ? 201 : 200;
}
