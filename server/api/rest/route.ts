/** A path of the JSON API and the matching of requests against paths. */
import type { Access } from "@/server/api/access";
import { EdgeError } from "@/server/api/problem";
import type { Actor } from "@/server/control/context";
import type { Exchange } from "./exchange";

export type RouteMethod = "GET" | "POST" | "PUT" | "DELETE";

/** A matched exchange of a caller who may make it. */
export interface RoutedExchange extends Exchange {
  actor: Actor;
  params: Readonly<Record<string, string>>;
}

export interface Route {
  method: RouteMethod;
  /** `/api/v1/releases/{releaseId}`. */
  path: string;
  access: Access;
  serve: (exchange: RoutedExchange) => Promise<void>;
}

/**
 * Finds the route for a method and a path, with its path parameters decoded.
 *
 * @throws EdgeError `not_found` for an unknown path, `method_not_allowed` with `Allow`, `invalid_input` for bad escapes.
 */
export function matchRoute(
  routes: readonly Route[],
  request: { method: string; pathname: string },
): { route: Route; params: Record<string, string> } {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const segments = request.pathname.split("/");
  const matching = routes.filter((route) => fits(route.path.split("/"), segments));
  const route = matching.toSorted(literalFirst).find((candidate) => candidate.method === method);
  if (route !== undefined) return { route, params: readParams(route.path.split("/"), segments) };
  if (matching.length === 0) {
    throw new EdgeError("not_found", `there is no ${request.pathname}; /api/v1/openapi.json lists what there is`);
  }
  const allow = [...new Set(matching.map((candidate) => candidate.method))].join(", ");
  throw new EdgeError("method_not_allowed", `${request.pathname} answers ${allow}`, { allow });
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => (isParam(part) ? segments[index] !== "" : part === segments[index]))
  );
}

/** `/audit/verify` wins over `/audit/{seq}`. */
function literalFirst(left: Route, right: Route): number {
  return left.path.split("/").filter(isParam).length - right.path.split("/").filter(isParam).length;
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
