/** Serves `/api/v1/*` and `/ofrep/*`: finds the route, checks the access it declares, and lets it answer. */
import { requireAccess, SIGNED } from "@/server/api/access";
import type { ApiDeps } from "@/server/api/context";
import type { Actor } from "@/server/control/context";
import { sendError } from "./answer";
import type { Exchange } from "./exchange";
import { matchRoute, routeTable, type Route } from "./route";

/** Who calls a signed endpoint: nobody of ours, and so without any role. */
const SENDER: Actor = { kind: "system", id: "webhook", name: "webhook", role: null, scopes: [] };

/** A handler over all routes. A caller without access gets no work done: access comes before the body is read. */
export function createApiHandler(routes: readonly Route[], deps: ApiDeps): (exchange: Exchange) => Promise<void> {
  const table = routeTable(routes);
  return async (exchange) => {
    const { request, response, url, requestId } = exchange;
    try {
      const { route, params } = matchRoute(table, { method: request.method ?? "GET", pathname: url.pathname });
      const actor = route.access === SIGNED ? SENDER : requireAccess(route.access, exchange.actor);
      await route.serve({ ...exchange, actor, params });
    } catch (error) {
      sendError(response, { error, requestId, log: deps.log });
    }
  };
}
