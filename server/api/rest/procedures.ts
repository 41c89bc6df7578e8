/** The procedures as data: names, declarations and schemas, read off the router that serves them. */
import type { AnyTRPCProcedure } from "@trpc/server";
import { z } from "zod";
import type { ProcedureMeta, RestRoute } from "@/server/api/trpc";

/** A procedure with its declarations, whether or not it has a path of its own. */
export interface DeclaredProcedure {
  /** `releases.get`. */
  name: string;
  type: "query" | "mutation";
  meta: ProcedureMeta;
}

export type RestProcedure = DeclaredProcedure & { rest: RestRoute };

/** As much of JSON Schema as the edge looks at. */
export interface JsonSchema {
  [key: string]: unknown;
  type?: string | undefined;
  properties?: Record<string, JsonSchema> | undefined;
  required?: string[] | undefined;
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
  return listProcedures(router).flatMap((declared) => {
    const { rest } = declared.meta;
    return rest === undefined ? [] : [{ ...declared, rest }];
  });
}

/** JSON Schema of what a caller may send, or of what it gets. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  return z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonSchema;
}
