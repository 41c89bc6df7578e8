/** Serves `/api/v1/*` and `/ofrep/*`: finds the route, checks the access it declares, and lets it answer. */
import { requireAccess } from "@/server/api/access";
import type { ApiDeps } from "@/server/api/context";
import { sendError } from "./answer";
import type { Exchange } from "./exchange";
import { matchRoute, routeTable, type Route } from "./route";

/** A handler over all routes. A caller without access gets no work done: access comes before the body is read. */
export function createApiHandler(routes: readonly Route[], deps: ApiDeps): (exchange: Exchange) => Promise<void> {
  const table = routeTable(routes);
  return async (exchange) => {
    const { request, response, url, requestId } = exchange;
    try {
      const { route, params } = matchRoute(table, { method: request.method ?? "GET", pathname: url.pathname });
      await route.serve({ ...exchange, actor: requireAccess(route.access, exchange.actor), params });
    } catch (error) {
      sendError(response, { error, requestId, log: deps.log });
    }
  };
}
