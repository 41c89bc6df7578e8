/** The API's description: a valid document, about exactly what is served. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "@/server/api/rest/procedures";
import { startApi } from "./api-server";

const Schema: z.ZodType = z.lazy(() => z.looseObject({}));
const Media = z.record(z.string().regex(/^[a-z]+\/[a-z0-9.+-]+$/), z.strictObject({ schema: Schema }));
const Parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean(),
  description: z.string().optional(),
  schema: Schema,
});
const Operation = z.strictObject({
  operationId: z.string().regex(/^[\w.]+$/),
  summary: z.string().min(1),
  description: z.string(),
  /** Present where no token is asked for. */
  security: z.tuple([]).optional(),
  parameters: z.array(Parameter).optional(),
  requestBody: z.strictObject({ content: Media }).optional(),
  responses: z.record(
    z.string().regex(/^(default|[1-5]\d\d)$/),
    z.strictObject({ description: z.string().min(1), content: Media.optional() }),
  ),
});
const Document = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  paths: z.record(z.string().startsWith("/"), z.partialRecord(z.enum(["get", "put", "post", "delete"]), Operation)),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.literal("http") })),
    schemas: z.record(z.string(), Schema),
  }),
});

const TYPES = new Set(["object", "array", "string", "number", "integer", "boolean", "null"]);

/** Every JSON Schema inside a document, with where it is. */
function walk(value: unknown, path: string, visit: (schema: JsonSchema, path: string) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as JsonSchema, path);
  for (const [key, member] of Object.entries(value)) walk(member, `${path}/${key}`, visit);
}

describe("openapi.json", () => {
  test("needs no sign-in and has the shape of OpenAPI 3.1", async () => {
    const api = await startApi();
    const answer = await api.call("GET", "/api/v1/openapi.json");
    expect(answer.status).toBe(200);
    expect(Document.safeParse(answer.json).error).toBeUndefined();
  });

  test("describes exactly the routes that are served", async () => {
    const api = await startApi();
    const { paths } = Document.parse(JSON.parse(api.api.openApi));
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.toSorted()).toEqual(api.api.routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  test("names each operation once, and gives each path parameter of its path", async () => {
    const api = await startApi();
    const { paths } = Document.parse(JSON.parse(api.api.openApi));
    const ids: string[] = [];
    for (const [path, item] of Object.entries(paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
      for (const operation of Object.values(item)) {
        ids.push(operation.operationId);
        const given = operation.parameters?.filter((one) => one.in === "path") ?? [];
        expect(given.map((one) => one.name).toSorted()).toEqual(inPath.toSorted());
        expect(given.every((one) => one.required)).toBe(true);
      }
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has schemas whose references resolve and whose words are JSON Schema's", async () => {
    const api = await startApi();
    const document = JSON.parse(api.api.openApi) as Record<string, unknown>;
    const complaints: string[] = [];
    walk(document, "#", ({ $ref, type, required, properties }, path) => {
      const known = Object.keys(properties ?? {});
      if (typeof $ref === "string" && $ref !== "#/components/schemas/Problem") complaints.push(`${path}: ${$ref}`);
      if (path.includes("/schema") && typeof type === "string" && !TYPES.has(type)) complaints.push(`${path}: ${type}`);
      if (Array.isArray(required) && required.some((name) => !known.includes(String(name)))) complaints.push(path);
    });
    expect(complaints).toEqual([]);
  });

  test("tells the contract's answer of a registration", async () => {
    const api = await startApi();
    const { paths } = Document.parse(JSON.parse(api.api.openApi));
    const register = paths["/api/v1/releases"]?.post;
    expect(Object.keys(register?.responses ?? {})).toEqual(["200", "201", "default"]);
    expect(register?.requestBody?.content).toMatchObject({
      "application/json": { schema: { required: ["application", "components"] } },
    });
    expect(register?.parameters).toMatchObject([{ name: "Idempotency-Key", in: "header" }]);
  });
});
