/** Serves the JSON API: matches, merges the input, calls the procedure, answers. All rules live in the procedures. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { callTRPCProcedure } from "@trpc/server";
import { createContext, type ApiContext, type ApiDeps } from "@/server/api/context";
import { requireAccess } from "@/server/api/access";
import type { AppRouter } from "@/server/api/router";
import type { Actor } from "@/server/control/context";
import { sendError, sendJson } from "./answer";
import { decodeBody, readBytes } from "./body";
import { readIdempotencyKey, recorder, replayAnswer } from "./idempotency";
import { mergeInput, pointerInBody } from "./input";
import { listRestProcedures, matchRoute, type RestProcedure } from "./route-table";

/** One authenticated HTTP exchange. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  actor: Actor | null;
  requestId: string;
}

/** A handler for every path that the router's procedures declare. */
export function createRestHandler(router: AppRouter, deps: ApiDeps): (exchange: Exchange) => Promise<void> {
  const routes = listRestProcedures(router);
  return async (exchange) => {
    let bodyField: string | undefined;
    try {
      const method = exchange.request.method ?? "GET";
      const { route, params } = matchRoute(routes, { method, pathname: exchange.url.pathname });
      bodyField = route.rest.bodyField;
      await answer({ router, deps, exchange, route, params });
    } catch (error) {
      const mapPointer = (pointer: string): string => pointerInBody(pointer, bodyField);
      sendError(exchange.response, { error, requestId: exchange.requestId, log: deps.log, mapPointer });
    }
  };
}

async function answer(call: {
  router: AppRouter;
  deps: ApiDeps;
  exchange: Exchange;
  route: RestProcedure;
  params: Record<string, string>;
}): Promise<void> {
  const { deps, exchange, route } = call;
  // Before the body is read: a caller without access gets no work done.
  const actor = requireAccess(route.meta.access, exchange.actor);
  const isWrite = route.type === "mutation";
  const bytes = isWrite ? await readBytes(exchange.request) : Buffer.alloc(0);
  const context = createContext(deps, { actor, requestId: exchange.requestId });
  const key = isWrite ? idempotencyOf(exchange, bytes) : undefined;
  if (key !== undefined) {
    const kept = replayAnswer(context, { ...key, actorId: actor.id });
    if (kept !== undefined) {
      sendJson(exchange.response, { ...kept, headers: { "idempotency-replayed": "true" } });
      return;
    }
    const statusOf = (output: unknown): number => successStatus(route, output);
    context.recordWrite = recorder(context, { ...key, actorId: actor.id, output: route.meta.output, statusOf });
  }
  const body = decodeBody(bytes, exchange.request);
  const input = mergeInput({ route, params: call.params, query: exchange.url.searchParams, body });
  const output = await callProcedure(call.router, { route, context, input });
  sendJson(exchange.response, { status: successStatus(route, output), body: JSON.stringify(output) });
}

/** Calls a procedure by its name, as tRPC itself does: input and output pass their schemas. */
export async function callProcedure(
  router: AppRouter,
  call: { route: Pick<RestProcedure, "name" | "type">; context: ApiContext; input: unknown },
): Promise<unknown> {
  return callTRPCProcedure({
    router,
    path: call.route.name,
    type: call.route.type,
    ctx: call.context,
    getRawInput: () => Promise.resolve(call.input),
    input: undefined,
    signal: undefined,
    batchIndex: 0,
  });
}

function idempotencyOf(exchange: Exchange, bytes: Buffer): ReturnType<typeof readIdempotencyKey> {
  const { request, url } = exchange;
  const header = request.headers["idempotency-key"];
  return readIdempotencyKey(header, { method: request.method ?? "", url: `${url.pathname}${url.search}`, bytes });
}

function successStatus(route: RestProcedure, output: unknown): number {
  const { status, createdField } = route.rest;
  if (createdField === undefined) return status ?? 200;
  const created = typeof output === "object" && output !== null && Reflect.get(output, createdField) === true;
  return created ? 201 : 200;
}
