/** OpenFeature's remote evaluation protocol: an alias is a flag, its value the release id for the context's subject. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { sendJson } from "@/server/api/rest/answer";
import { decodeBody, readBytes } from "@/server/api/rest/body";
import type { RoutedExchange } from "@/server/api/rest/route";
import { DomainError } from "@/server/domain/errors";
import { aliasServing, assignSubject, type AliasServing } from "@/server/read/assignment";
import { findAlias, listAliases, type AliasKey } from "@/server/store/control/aliases";
import { findRelease } from "@/server/store/control/releases";
import { GATEWAY_READ } from "./alias-endpoints";
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
  const alias = findFlag(deps, key);
  if (alias !== undefined) return send(exchange, evaluate(deps, { key, alias, subject: context.subject }));
  const errorDetails = `there is no alias ${key}: use an application, or application.alias`;
  return send(exchange, { key, errorCode: "FLAG_NOT_FOUND", errorDetails });
}

async function answerAll(deps: EndpointDeps, exchange: RoutedExchange): Promise<void> {
  const context = await readContext(exchange);
  if ("errorCode" in context) return send(exchange, { key: "", ...context });
  const flags = listAliases(deps.control).flatMap((alias) => {
    const full = { key: `${alias.application}.${alias.alias}`, alias, subject: context.subject };
    const keys = alias.alias === DEFAULT_ALIAS ? [{ ...full, key: alias.application }, full] : [full];
    return keys.map((flag) => evaluate(deps, flag));
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

function evaluate(deps: EndpointDeps, flag: { key: string; alias: AliasKey; subject: string | undefined }): Flag {
  const { key, alias, subject } = flag;
  const serving = aliasServing(deps.control, alias);
  const percentage = serving.rollout?.exposure.track === "canary" ? serving.rollout.exposure.percentage : 0;
  if (subject === undefined && percentage > 0) {
    const errorDetails = `${alias.alias} is served to ${percentage} % of subjects by a candidate: send targetingKey`;
    return { key, errorCode: "TARGETING_KEY_MISSING", errorDetails };
  }
  const assignment = assignSubject(serving, subject ?? "");
  return {
    key,
    value: assignment.releaseId,
    reason: percentage > 0 ? "SPLIT" : "STATIC",
    variant: assignment.track,
    metadata: {
      ...componentsOf(deps, { application: alias.application, releaseId: assignment.releaseId }),
      application: alias.application,
      alias: alias.alias,
      revision: serving.revision,
      percentage,
      ...(subject === undefined ? {} : { bucket: assignment.bucket }),
      ...rolloutOf(serving),
    },
  };
}

/** Flag metadata is flat: kind → `name@version` as they are. */
function componentsOf(deps: EndpointDeps, key: { application: string; releaseId: string }): Record<string, string> {
  return findRelease(deps.control, key)?.components ?? {};
}

function rolloutOf(serving: AliasServing): Record<string, string> {
  return serving.rollout === undefined ? {} : { rolloutId: serving.rollout.id };
}

/** Application names may hold dots too: the whole key as an application comes first, then the part after the last dot. */
function findFlag(deps: EndpointDeps, key: string): AliasKey | undefined {
  const dot = key.lastIndexOf(".");
  const candidates: AliasKey[] = [
    { application: key, alias: DEFAULT_ALIAS },
    { application: key.slice(0, Math.max(dot, 0)), alias: key.slice(dot + 1) },
  ];
  return candidates.find((candidate) => findAlias(deps.control, candidate) !== undefined);
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
