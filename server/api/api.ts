/** Puts the JSON API together: every procedure's path, every other endpoint, and the description of both. */
import { createEndpoints } from "./endpoints/endpoints";
import type { EndpointDeps } from "./endpoints/endpoint";
import { openApiDocument } from "./openapi";
import type { Exchange } from "./rest/exchange";
import { createApiHandler } from "./rest/handler";
import { procedureRoute } from "./rest/procedure-route";
import { listRestProcedures } from "./rest/procedures";
import type { Route } from "./rest/route";

export interface Api {
  /** Serves `/api/v1/*` and `/ofrep/*`. */
  handle: (exchange: Exchange) => Promise<void>;
  routes: readonly Route[];
  /** OpenAPI 3.1, as JSON. */
  openApi: string;
}

/** `version` is the product's own, for the description. */
export function createApi(deps: EndpointDeps, version: string): Api {
  const procedures = listRestProcedures(deps.router);
  const endpoints = createEndpoints(deps);
  const routes = [...procedures.map((procedure) => procedureRoute(deps.router, deps, procedure)), ...endpoints];
  const { publicUrl } = deps;
  return {
    handle: createApiHandler(routes, deps),
    routes,
    openApi: JSON.stringify(openApiDocument({ procedures, endpoints, publicUrl, version })),
  };
}
