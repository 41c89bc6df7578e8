/** A path of the JSON API and the matching of requests against paths. */
import type { Access, SIGNED } from "@/server/api/access";
import { EdgeError } from "@/server/api/problem";
import type { Actor } from "@/server/control/context";
import type { Exchange } from "./exchange";

type RouteMethod = "GET" | "POST" | "PUT" | "DELETE";

/** A matched exchange of a caller who may make it. */
export interface RoutedExchange extends Exchange {
  actor: Actor;
  params: Readonly<Record<string, string>>;
}

export interface Route {
  method: RouteMethod;
  /** `/api/v1/releases/{releaseId}`. */
  path: string;
  access: Access | typeof SIGNED;
  serve: (exchange: RoutedExchange) => Promise<void>;
}

/** The routes with their paths taken apart, once. */
export type RouteTable = readonly { route: Route; segments: readonly string[] }[];

export function routeTable(routes: readonly Route[]): RouteTable {
  const table = routes.map((route) => ({ route, segments: route.path.split("/") }));
  // Literal paths first: `/audit/verify` wins over `/audit/{seq}`.
  return table.toSorted((a, b) => a.segments.filter(isParam).length - b.segments.filter(isParam).length);
}

/**
 * Finds the route for a method and a path, with its path parameters decoded.
 *
 * @throws EdgeError `not_found` for an unknown path, `method_not_allowed` with `Allow`, `invalid_input` for bad escapes.
 */
export function matchRoute(
  table: RouteTable,
  request: { method: string; pathname: string },
): { route: Route; params: Record<string, string> } {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const segments = request.pathname.split("/");
  const matching = table.filter((entry) => fits(entry.segments, segments));
  const found = matching.find(({ route }) => route.method === method);
  if (found !== undefined) return { route: found.route, params: readParams(found.segments, segments) };
  if (matching.length === 0) {
    throw new EdgeError("not_found", `there is no ${request.pathname}; /api/v1/openapi.json lists what there is`);
  }
  const allow = [...new Set(matching.map(({ route }) => route.method))].join(", ");
  throw new EdgeError("method_not_allowed", `${request.pathname} answers ${allow}`, { allow });
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => (isParam(part) ? segments[index] !== "" : part === segments[index]))
  );
}

function isParam(part: string): boolean {
  return part.startsWith("{");
}

function readParams(template: readonly string[], segments: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    if (isParam(part)) params[part.slice(1, -1)] = decode(segments[index] ?? "");
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new EdgeError("invalid_input", `${segment} is not valid percent-encoding`);
  }
}
