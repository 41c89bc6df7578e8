/** The description of the JSON API, OpenAPI 3.1, made from the very schemas that check calls and answers. */
import type { z } from "zod";
import { SIGNED } from "./access";
import type { Endpoint } from "./endpoints/endpoint";
import { PROBLEM_TYPE, ProblemDocument } from "./problem";
import { jsonSchemaOf, type JsonSchema, type RestProcedure } from "./rest/procedures";

interface Operation {
  method: string;
  path: string;
  operationId: string;
  summary: string;
  access: Endpoint["access"];
  parameters: Record<string, unknown>[];
  body?: { schema: JsonSchema; yaml: boolean };
  answers: Record<string, unknown>;
}

/** The document. `version` is the product's own. */
export function openApiDocument(input: {
  procedures: readonly RestProcedure[];
  endpoints: readonly Endpoint[];
  publicUrl: string;
  version: string;
}): Record<string, unknown> {
  const operations = [...input.procedures.map(ofProcedure), ...input.endpoints.map(ofEndpoint)];
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = write(operation);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Switchback",
      version: input.version,
      description:
        "Release observability, rollback and incident review for LLM applications. JSON is camelCase, times are " +
        "RFC 3339 UTC with milliseconds. Writes take `Idempotency-Key`; lists are `{items, nextCursor?}`.",
    },
    servers: [{ url: input.publicUrl }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", description: "An API token, or a session cookie" } },
      schemas: { Problem: embedded(ProblemDocument, "output") },
    },
  };
}

function ofProcedure({ name, type, meta, rest }: RestProcedure): Operation {
  const schema = embedded(meta.input, "input");
  const inPath = new Set([...rest.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""));
  const isWrite = type === "mutation";
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  const parameters = fields
    .filter(([field]) => inPath.has(field) || (!isWrite && field !== rest.bodyField))
    .map(([field, property]) =>
      parameter({ field, property, required: required.has(field), inPath: inPath.has(field) }),
    );
  const statuses = rest.createdField === undefined ? [rest.status ?? 200] : [201, 200];
  const answer = content("application/json", embedded(meta.output, "output"));
  return {
    method: rest.method,
    path: rest.path,
    operationId: name,
    summary: rest.summary,
    access: meta.access,
    parameters: [
      ...parameters,
      ...(isWrite ? [IDEMPOTENCY_KEY] : []),
      ...(rest.revisionField === undefined ? [] : [IF_MATCH]),
    ],
    ...(isWrite
      ? { body: { schema: bodySchema(schema, rest.bodyField, inPath), yaml: rest.bodyField !== undefined } }
      : {}),
    answers: Object.fromEntries(
      statuses.map((status) => [status, { description: status === 201 ? "Created" : "Done", ...answer }]),
    ),
  };
}

function ofEndpoint(endpoint: Endpoint): Operation {
  const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const query = endpoint.query === undefined ? {} : embedded(endpoint.query, "input");
  const required = new Set(query.required ?? []);
  return {
    method: endpoint.method,
    path: endpoint.path,
    operationId: `${endpoint.method.toLowerCase()}${endpoint.path.replaceAll(/[^a-z0-9]+/gi, "_")}`,
    summary: endpoint.summary,
    access: endpoint.access,
    parameters: [
      ...inPath.map((field) => parameter({ field, property: { type: "string" }, required: true, inPath: true })),
      ...Object.entries(query.properties ?? {}).map(([field, property]) =>
        parameter({ field, property, required: required.has(field), inPath: false }),
      ),
    ],
    ...(endpoint.body === undefined ? {} : { body: { schema: embedded(endpoint.body, "input"), yaml: false } }),
    answers: Object.fromEntries(
      endpoint.answers.map(({ status, description, mediaType, schema, otherMediaTypes = [] }) => {
        const own = mediaType === undefined ? {} : { [mediaType]: { schema: answerSchema(schema) } };
        const others = Object.fromEntries(otherMediaTypes.map((type) => [type, { schema: { type: "string" } }]));
        return [status, { description, ...(mediaType === undefined ? {} : { content: { ...own, ...others } }) }];
      }),
    ),
  };
}

function answerSchema(schema: z.ZodType | undefined): JsonSchema {
  return schema === undefined ? {} : embedded(schema, "output");
}

function write(operation: Operation): Record<string, unknown> {
  const { operationId, summary, parameters, body, answers, access } = operation;
  return {
    operationId,
    summary,
    description: accessWords(access),
    ...(access === SIGNED ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: { ...answers, default: { description: "Refused", ...PROBLEM_ANSWER } },
  };
}

function accessWords(access: Operation["access"]): string {
  if (access === SIGNED) return "No token: the sender signs with the secret of the application's settings.";
  const scopes = access.scopes.length === 0 ? "" : `, or a token with scope ${access.scopes.join(" or ")}`;
  return `Role ${access.role} or higher${scopes}.`;
}

const PROBLEM_ANSWER = content(PROBLEM_TYPE, { $ref: "#/components/schemas/Problem" });

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key with the same request gets the same answer for 48 hours",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

const IF_MATCH = {
  name: "If-Match",
  in: "header",
  required: false,
  description: "The ETag that was read: refused with 412 when the state has changed since",
  schema: { type: "string" },
};

function requestBody(body: { schema: JsonSchema; yaml: boolean }): Record<string, unknown> {
  const json = { "application/json": { schema: body.schema } };
  return { content: body.yaml ? { ...json, "application/yaml": { schema: body.schema } } : json };
}

function bodySchema(schema: JsonSchema, bodyField: string | undefined, inPath: ReadonlySet<string>): JsonSchema {
  if (bodyField !== undefined) return schema.properties?.[bodyField] ?? {};
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([field]) => !inPath.has(field)),
  );
  const required = (schema.required ?? []).filter((field) => !inPath.has(field));
  return { ...schema, properties, required };
}

function parameter(input: { field: string; property: JsonSchema; required: boolean; inPath: boolean }) {
  const { field, property, required, inPath } = input;
  return { name: field, in: inPath ? "path" : "query", required: inPath || required, schema: property };
}

function content(mediaType: string, schema: JsonSchema): Record<string, unknown> {
  return { content: { [mediaType]: { schema } } };
}

/** As part of a larger document: without a dialect or definitions of its own. */
function embedded(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, $defs: _definitions, ...rest } = jsonSchemaOf(schema, io);
  // Only "any JSON value" refers to a definition, and any value is what the empty schema says.
  return JSON.parse(JSON.stringify(rest), (_key, member: unknown) => (isReference(member) ? {} : member)) as JsonSchema;
}

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$ref" in value;
}
