/** Serves `/api/trpc/*` to the pages. Access, errors and logging are the procedures' own. */
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import { createContext, type ApiDeps } from "@/server/api/context";
import { BODY_LIMIT_BYTES } from "@/server/api/rest/body";
import type { Exchange } from "@/server/api/rest/exchange";
import type { AppRouter } from "@/server/api/router";

const PREFIX = "/api/trpc/";

/** A handler for one exchange under `/api/trpc/`. */
export function createTrpcHandler(router: AppRouter, deps: ApiDeps): (exchange: Exchange) => Promise<void> {
  return ({ request, response, url, actor, requestId }) =>
    nodeHTTPRequestHandler({
      router,
      req: request,
      res: response,
      path: url.pathname.slice(PREFIX.length),
      maxBodySize: BODY_LIMIT_BYTES,
      createContext: () => Promise.resolve(createContext(deps, { actor, requestId })),
      responseMeta: () => ({ headers: { "cache-control": "no-store" } }),
    });
}
