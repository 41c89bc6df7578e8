/** OpenFeature's remote evaluation protocol: an alias is a flag, its value the release id for the context's subject. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { GATEWAY_READ } from "@/server/api/access";
import { sendJson } from "@/server/api/rest/answer";
import { decodeBody, readBytes } from "@/server/api/rest/body";
import type { RoutedExchange } from "@/server/api/rest/route";
import { DomainError } from "@/server/domain/errors";
import { findAssignment, type FindAssignmentOutput } from "@/server/control/find-assignment";
import { findAlias, listAliases, type AliasKey } from "@/server/store/control/aliases";
import { findRelease } from "@/server/store/control/releases";
import type { Endpoint, EndpointDeps } from "./endpoint";

/** The alias that an application's bare name stands for. */
const DEFAULT_ALIAS = "production";
const BODY_LIMIT_BYTES = 256 * 1024;

/** Other members of a context are for other rules than ours. */
const EvaluationRequest = z.object({
  context: z.looseObject({ targetingKey: z.string().min(1).optional() }).optional(),
});

const FlagValue = z.object({
  key: z.string(),
  value: z.string(),
  reason: z.enum(["STATIC", "SPLIT"]),
  /** The track. */
  variant: z.enum(["control", "canary"]),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const FlagError = z.object({
  key: z.string(),
  errorCode: z.enum(["PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "FLAG_NOT_FOUND"]),
  errorDetails: z.string(),
});
type Flag = z.infer<typeof FlagValue> | z.infer<typeof FlagError>;

export function ofrepEndpoints(deps: EndpointDeps): Endpoint[] {
  const json = "application/json";
  const malformed = { status: 400, description: "The context does not do", mediaType: json, schema: FlagError };
  return [
    {
      method: "POST",
      path: "/ofrep/v1/evaluate/flags/{key}",
      access: GATEWAY_READ,
      summary: "The release for a subject: key is an application, or application.alias",
      body: EvaluationRequest,
      answers: [
        { status: 200, description: "The release id and why", mediaType: json, schema: FlagValue },
        malformed,
        { status: 404, description: "No such alias", mediaType: json, schema: FlagError },
      ],
      serve: (exchange) => answerOne(deps, exchange),
    },
    {
      method: "POST",
      path: "/ofrep/v1/evaluate/flags",
      access: GATEWAY_READ,
      summary: "The releases of all aliases for a subject, with ETag",
      body: EvaluationRequest,
      answers: [
        { status: 200, description: "All flags", mediaType: json, schema: z.object({ flags: z.array(z.unknown()) }) },
        { status: 304, description: "Nothing has changed for this context" },
        malformed,
      ],
      serve: (exchange) => answerAll(deps, exchange),
    },
  ];
}

async function answerOne(deps: EndpointDeps, exchange: RoutedExchange): Promise<void> {
  const key = exchange.params["key"] ?? "";
  const context = await readContext(exchange);
  if ("errorCode" in context) return send(exchange, { key, ...context });
  for (const alias of aliasesNamed(key)) {
    const flag = evaluate(deps, { key, alias, subject: context.subject });
    if (flag !== undefined) return send(exchange, flag);
  }
  const errorDetails = `there is no alias ${key}: use an application, or application.alias`;
  return send(exchange, { key, errorCode: "FLAG_NOT_FOUND", errorDetails });
}

async function answerAll(deps: EndpointDeps, exchange: RoutedExchange): Promise<void> {
  const context = await readContext(exchange);
  if ("errorCode" in context) return send(exchange, { key: "", ...context });
  const flags = listAliases(deps.control).flatMap((alias) => {
    const full = `${alias.application}.${alias.alias}`;
    const keys = alias.alias === DEFAULT_ALIAS ? [alias.application, full] : [full];
    return keys.flatMap((key) => evaluate(deps, { key, alias, subject: context.subject }) ?? []);
  });
  const body = JSON.stringify({ flags });
  const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
  if (exchange.request.headers["if-none-match"] === etag) {
    exchange.response.writeHead(304, { etag });
    exchange.response.end();
    return;
  }
  sendJson(exchange.response, { status: 200, body, headers: { etag, "cache-control": "no-cache" } });
}

/** The flag's value for the subject; undefined where nothing serves. */
function evaluate(
  deps: EndpointDeps,
  flag: { key: string; alias: AliasKey; subject: string | undefined },
): Flag | undefined {
  const { key, subject } = flag;
  const { application, alias } = flag.alias;
  const assignment = tryAssignment(deps, { application, alias, subject: subject ?? "" });
  if (assignment === undefined) return undefined;
  const { percentage, releaseId, rolloutId, bucket } = assignment;
  const split = percentage > 0 && percentage < 100;
  if (subject === undefined && split) {
    const errorDetails = `a candidate serves ${percentage} % of the subjects of ${alias}: send targetingKey`;
    return { key, errorCode: "TARGETING_KEY_MISSING", errorDetails };
  }
  return {
    key,
    value: releaseId,
    reason: split ? "SPLIT" : "STATIC",
    variant: assignment.track,
    metadata: {
      // Flag metadata is flat: kind → `name@version` as they are.
      ...findRelease(deps.control, { application, releaseId })?.components,
      application,
      alias,
      revision: findAlias(deps.control, { application, alias })?.revision ?? 0,
      percentage,
      ...(subject === undefined ? {} : { bucket }),
      ...(rolloutId === null ? {} : { rolloutId }),
    },
  };
}

function tryAssignment(deps: EndpointDeps, query: AliasKey & { subject: string }): FindAssignmentOutput | undefined {
  try {
    return findAssignment(deps.control, query);
  } catch (error) {
    if (error instanceof DomainError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Application names may hold dots too: the whole key as an application comes first, then the part after the last dot. */
function aliasesNamed(key: string): AliasKey[] {
  const dot = key.lastIndexOf(".");
  const whole = { application: key, alias: DEFAULT_ALIAS };
  return dot === -1 ? [whole] : [whole, { application: key.slice(0, dot), alias: key.slice(dot + 1) }];
}

/** The subject, or what is wrong with the body, in the protocol's words. */
async function readContext(
  exchange: RoutedExchange,
): Promise<{ subject: string | undefined } | Omit<z.infer<typeof FlagError>, "key">> {
  const bytes = await readBytes(exchange.request, BODY_LIMIT_BYTES);
  try {
    const parsed = EvaluationRequest.safeParse(decodeBody(bytes, exchange.request));
    if (parsed.success) return { subject: parsed.data.context?.targetingKey };
    return { errorCode: "INVALID_CONTEXT", errorDetails: "context must be an object, its targetingKey a text" };
  } catch (error) {
    if (error instanceof DomainError) return { errorCode: "PARSE_ERROR", errorDetails: error.message };
    throw error;
  }
}

function send(exchange: RoutedExchange, flag: Flag): void {
  const status = "errorCode" in flag ? (flag.errorCode === "FLAG_NOT_FOUND" ? 404 : 400) : 200;
  sendJson(exchange.response, { status, body: JSON.stringify(flag) });
}
