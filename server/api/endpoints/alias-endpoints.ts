/** An alias as gateways follow it: conditional reads, long poll, and a stream that misses nothing. */
import { z } from "zod";
import { GATEWAY_READ } from "@/server/api/access";
import { lastEventId, openEventStream } from "@/server/api/live/event-stream";
import { sendJson } from "@/server/api/rest/answer";
import type { RoutedExchange } from "@/server/api/rest/route";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { AliasStateView, aliasState, aliasStatesAfter } from "@/server/read/alias-state";
import { findAlias, type AliasKey } from "@/server/store/control/aliases";
import type { Endpoint, EndpointDeps } from "./endpoint";

const LONGEST_WAIT_S = 60;

const AliasParams = closedObject({ application: ApplicationId, alias: AliasName });
const AliasQuery = closedObject({
  /** Holds the answer back until the alias moves, at most this long; needs `If-None-Match`. */
  waitSeconds: z.coerce.number().min(0).max(LONGEST_WAIT_S).optional(),
});

const PATH = "/api/v1/applications/{application}/aliases/{alias}";

export function aliasEndpoints(deps: EndpointDeps): Endpoint[] {
  const answers = [
    { status: 200, description: "What the alias serves now", mediaType: "application/json", schema: AliasStateView },
    { status: 304, description: "It still serves what If-None-Match names" },
  ];
  const events = { status: 200, description: "One event per move; its id is the revision" };
  return [
    {
      method: "GET",
      path: PATH,
      access: GATEWAY_READ,
      summary: "What an alias serves, with ETag and long poll",
      query: AliasQuery,
      answers,
      serve: (exchange) => answerAlias(deps, exchange),
    },
    {
      method: "GET",
      path: `${PATH}/stream`,
      access: GATEWAY_READ,
      summary: "Moves of an alias as Server-Sent Events; Last-Event-ID replays what was missed",
      answers: [{ ...events, mediaType: "text/event-stream" }],
      serve: (exchange) => Promise.resolve(streamAlias(deps, exchange)),
    },
  ];
}

async function answerAlias(deps: EndpointDeps, exchange: RoutedExchange): Promise<void> {
  const { request, response, url } = exchange;
  const key = parseInput(AliasParams, exchange.params, "the path");
  const query = parseInput(AliasQuery, Object.fromEntries(url.searchParams), "the query");
  const held = request.headers["if-none-match"];
  let state = aliasState(deps.control, key);
  const waitMs = (query.waitSeconds ?? 0) * 1000;
  if (waitMs > 0 && matches(held, etagOf(state))) state = await waitForMove({ deps, exchange, key, waitMs });
  const etag = etagOf(state);
  if (matches(held, etag)) {
    response.writeHead(304, { etag, "cache-control": "no-cache" });
    response.end();
    return;
  }
  const body = JSON.stringify(AliasStateView.parse(state));
  sendJson(response, { status: 200, body, headers: { etag, "cache-control": "no-cache" } });
}

/** The state after the next move, or the present one when none comes in time. */
async function waitForMove(call: {
  deps: EndpointDeps;
  exchange: RoutedExchange;
  key: AliasKey;
  waitMs: number;
}): Promise<AliasStateView> {
  const { deps, key } = call;
  const gone = new AbortController();
  call.exchange.response.once("close", () => gone.abort());
  const over = AbortSignal.any([deps.shutdown, gone.signal, AbortSignal.timeout(call.waitMs)]);
  const start = aliasState(deps.control, key);
  let state = start;
  while (state.revision === start.revision && !over.aborted) {
    await deps.feed.next(over);
    state = aliasState(deps.control, key);
  }
  return state;
}

function streamAlias(deps: EndpointDeps, exchange: RoutedExchange): void {
  const key = parseInput(AliasParams, exchange.params, "the path");
  const now = aliasState(deps.control, key);
  const held = lastEventId(exchange.request.headers["last-event-id"]);
  const stream = openEventStream(exchange.response, deps.shutdown);
  // A client that names a revision gets every move since; a new one, or one from another history, gets the present.
  let sent = held !== undefined && held <= now.revision ? held : now.revision - 1;
  const sendNew = (): void => {
    for (const state of aliasStatesAfter(deps.control, key, sent)) {
      stream.send({ id: state.revision, event: "alias", data: AliasStateView.parse(state) });
      sent = state.revision;
    }
  };
  const sendIfMoved = (): void => {
    if ((findAlias(deps.control, key)?.revision ?? 0) > sent) sendNew();
  };
  const unsubscribe = deps.feed.subscribe(sendIfMoved);
  stream.ended.addEventListener("abort", unsubscribe);
  sendNew();
}

/** Strong: a revision's answer never changes by a byte. */
function etagOf(state: AliasStateView): string {
  return `"${state.revision}-${state.releaseId}"`;
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  // Weak comparison, as the header is defined: a proxy may have weakened the tag.
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}
