/** Merges path parameters, query string and body into one procedure input. Reads only; the procedure's schema decides. */
import { invalidInput, preconditionFailed } from "@/server/domain/errors";
import type { JsonSchema } from "./procedures";

/**
 * One input object. Values of path and query become numbers, booleans and lists where the schema asks for them.
 *
 * @throws DomainError `invalid_input` for a body that is no object, a field given twice or unlike the path.
 */
export function mergeInput(request: {
  /** The input as JSON Schema; query strings are read by it. */
  schema: JsonSchema;
  bodyField: string | undefined;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
}): Record<string, unknown> {
  const { schema, bodyField, params, query, body } = request;
  const fromBody = bodyField === undefined ? requireObject(body) : { [bodyField]: body };
  const input = { ...fromBody, ...readQuery(query, schema) };
  for (const [name, text] of Object.entries(params)) {
    const value = coerce(text, schema.properties?.[name]);
    if (Object.hasOwn(input, name) && input[name] !== value) {
      throw invalidInput(`${name} is ${text} in the path and something else beside it`, [
        { pointer: `/${name}`, message: `must be ${text} or left out` },
      ]);
    }
    input[name] = value;
  }
  return input;
}

function requireObject(body: unknown): Record<string, unknown> {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw invalidInput("the body must be an object", [{ pointer: "", message: "must be an object" }]);
}

function readQuery(query: URLSearchParams, schema: JsonSchema): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const property = schema.properties?.[name];
    if (property?.type === "array") {
      input[name] = values;
    } else if (values.length > 1) {
      throw invalidInput(`${name} is given ${values.length} times`, [{ pointer: `/${name}`, message: "give it once" }]);
    } else {
      input[name] = coerce(values[0] ?? "", property);
    }
  }
  return input;
}

/** What does not read as the type asked for stays text, so that the schema refuses it with its own message. */
function coerce(text: string, property: JsonSchema | undefined): unknown {
  if (property?.type === "number" || property?.type === "integer") {
    return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  if (property?.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/**
 * Sets the revision that an `If-Match` header holds the state to, e.g. that of `"7-a0e277e29c"`; `*` holds it to nothing.
 *
 * @throws DomainError `precondition_failed` for what is no ETag of ours, `invalid_input` when the body says another one.
 */
export function setRevision(input: Record<string, unknown>, field: string, ifMatch: string): void {
  if (ifMatch.trim() === "*") return;
  const revision = /^"(\d{1,15})-[^"]*"$/.exec(ifMatch.trim())?.[1];
  if (revision === undefined) {
    throw preconditionFailed(`If-Match ${ifMatch} is not the present ETag: read the state again and decide again`);
  }
  if (input[field] !== undefined && input[field] !== Number(revision)) {
    const message = `is ${revision} in If-Match and something else here: give one of them`;
    throw invalidInput(`${field} ${message}`, [{ pointer: `/${field}`, message }]);
  }
  input[field] = Number(revision);
}

/** Pointers of a body field lead into the body itself: `/document/steps/0` → `/steps/0`. */
export function pointerInBody(pointer: string, bodyField: string | undefined): string {
  if (bodyField === undefined) return pointer;
  const prefix = `/${bodyField}`;
  return pointer === prefix || pointer.startsWith(`${prefix}/`) ? pointer.slice(prefix.length) : pointer;
}
