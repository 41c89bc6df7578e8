/** The JSON API's paths, read off the procedures' own declarations, and the matching of a request against them. */
import type { AnyTRPCProcedure } from "@trpc/server";
import { z } from "zod";
import type { ProcedureMeta, RestRoute } from "@/server/api/trpc";
import { EdgeError } from "@/server/api/problem";

export interface RestProcedure {
  /** The procedure's name: `releases.get`. */
  name: string;
  type: "query" | "mutation";
  meta: ProcedureMeta;
  rest: RestRoute;
  segments: readonly string[];
  /** The input as JSON Schema; query strings are read by it. */
  inputSchema: JsonSchema;
}

/** As much of JSON Schema as the edge looks at. */
export interface JsonSchema {
  [key: string]: unknown;
  type?: string | undefined;
  properties?: Record<string, JsonSchema> | undefined;
  required?: string[] | undefined;
}

/** A procedure with its declarations, whether or not it has a path of its own. */
export interface DeclaredProcedure {
  name: string;
  type: "query" | "mutation";
  meta: ProcedureMeta;
}

/** Every procedure of a router. */
export function listProcedures(router: { _def: { procedures: Record<string, unknown> } }): DeclaredProcedure[] {
  return Object.entries(router._def.procedures).map(([name, value]) => {
    // The flat record holds procedures by their dotted names; tRPC types it loosely.
    const { _def } = value as AnyTRPCProcedure;
    if (_def.type === "subscription") throw new Error(`${name}: live answers have endpoints of their own`);
    return { name, type: _def.type, meta: _def.meta as ProcedureMeta };
  });
}

/** The procedures that have a path in the JSON API. */
export function listRestProcedures(router: Parameters<typeof listProcedures>[0]): RestProcedure[] {
  return listProcedures(router).flatMap(({ name, type, meta }) => {
    const { rest } = meta;
    if (rest === undefined) return [];
    return [{ name, type, meta, rest, segments: rest.path.split("/"), inputSchema: inputJsonSchema(meta.input) }];
  });
}

/** JSON Schema of what a caller may send. */
export function inputJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/**
 * Finds the procedure for a method and a path, with its path parameters decoded.
 *
 * @throws EdgeError `not_found` for an unknown path, `method_not_allowed` with `Allow`, `invalid_input` for bad escapes.
 */
export function matchRoute(
  routes: readonly RestProcedure[],
  request: { method: string; pathname: string },
): { route: RestProcedure; params: Record<string, string> } {
  const method = request.method === "HEAD" ? "GET" : request.method;
  const segments = request.pathname.split("/");
  const matching = routes.filter((route) => fits(route.segments, segments));
  const route = matching.toSorted(literalFirst).find((candidate) => candidate.rest.method === method);
  if (route !== undefined) return { route, params: readParams(route.segments, segments) };
  if (matching.length === 0) {
    throw new EdgeError("not_found", `there is no ${request.pathname}; /api/v1/openapi.json lists what there is`);
  }
  const allow = [...new Set(matching.map((candidate) => candidate.rest.method))].join(", ");
  throw new EdgeError("method_not_allowed", `${request.pathname} answers ${allow}`, { allow });
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, index) => (isParam(part) ? segments[index] !== "" : part === segments[index]))
  );
}

/** `/audit/verify` wins over `/audit/{seq}`. */
function literalFirst(left: RestProcedure, right: RestProcedure): number {
  return left.segments.filter(isParam).length - right.segments.filter(isParam).length;
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
