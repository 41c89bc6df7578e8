/**
 * The one listener of the pages process: names the request, knows the caller, and hands over to the part that answers.
 * It must not know what the parts do.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiDeps } from "@/server/api/context";
import { EdgeError } from "@/server/api/problem";
import { sendError } from "@/server/api/rest/answer";
import type { Exchange } from "@/server/api/rest/exchange";
import { CLIENT_IP_HEADER } from "@/server/auth/auth";
import { isSameOrigin } from "@/server/auth/same-origin";
import type { Identified } from "@/server/auth/identify";
import type { IntakeProxy } from "./intake-proxy";
import type { HttpMetrics } from "./metrics";
import { contentSecurityPolicy, setSecurityHeaders } from "./security-headers";

type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type ExchangeHandler = (exchange: Exchange) => Promise<void>;

export interface ListenerParts {
  deps: ApiDeps;
  metrics: HttpMetrics;
  dev: boolean;
  proxy: IntakeProxy;
  /** The header in which a trusted proxy names the client; without it the connection's own address counts. */
  clientIpHeader: string | undefined;
  /** What needs no caller: probes, metrics, the API's description; false when the path is none of them. */
  openPaths: (exchange: Omit<Exchange, "actor">) => Promise<boolean>;
  /** The sign-in library's own endpoints, `/api/auth/*`. */
  auth: NodeHandler;
  /** Posts of the sign-in and set-up forms; false when it was none. */
  forms: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** @throws DomainError `unauthenticated` for a token that is wrong, expired or revoked. */
  identify: (request: IncomingMessage) => Promise<Identified>;
  /** The same for pages, where a refused token makes a visitor. */
  identifyVisitor: (request: IncomingMessage) => Promise<Identified>;
  /** True until the first administrator exists. */
  needsSetup: () => boolean;
  trpc: ExchangeHandler;
  /** `/api/v1/*` and `/ofrep/*`. */
  api: ExchangeHandler;
  /** Rendered pages and their assets. */
  pages: NodeHandler;
}

/** A request listener for `node:http`. Every failure becomes a problem document. */
export function createListener(parts: ListenerParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const requestId = nameRequest(request, response);
    const { deps } = parts;
    measure(parts.metrics, request, response);
    setSecurityHeaders(response, { https: deps.publicUrl.startsWith("https:") });
    request.headers[CLIENT_IP_HEADER] = clientIp(request, parts.clientIpHeader);
    const url = URL.parse(request.url ?? "/", "http://switchback");
    const handled =
      url === null
        ? Promise.reject(new EdgeError("invalid_input", "the request's address cannot be read"))
        : dispatch(parts, { request, response, requestId, url });
    handled.catch((error: unknown) => sendError(response, { error, requestId, log: deps.log }));
  };
}

async function dispatch(parts: ListenerParts, exchange: Omit<Exchange, "actor">): Promise<void> {
  const { request, response, url, requestId } = exchange;
  const { pathname } = url;
  if (parts.proxy.takes(request.method ?? "GET", pathname)) return parts.proxy.forward(request, response, requestId);
  if (await parts.openPaths(exchange)) return;
  if (pathname.startsWith("/api/auth/")) return parts.auth(request, response);
  if (pathname.startsWith("/api/trpc/")) return parts.trpc(await identified(parts, exchange));
  if (/^\/(api\/|ofrep\/)/.test(pathname)) return parts.api(await identified(parts, exchange));
  if (await parts.forms(request, response)) return;
  return servePage(parts, exchange);
}

/** Adds the caller, and refuses writes that a foreign page made with the session cookie. */
async function identified(parts: ListenerParts, exchange: Omit<Exchange, "actor">): Promise<Exchange> {
  const { request, response } = exchange;
  const { actor, setCookies } = await parts.identify(request);
  if (setCookies.length > 0) response.setHeader("set-cookie", setCookies);
  const reads = request.method === "GET" || request.method === "HEAD";
  if (actor?.kind === "person" && !reads && !isSameOrigin(request, parts.deps.publicUrl)) {
    throw new EdgeError("forbidden", "a signed-in write must come from Switchback's own pages; scripts use a token");
  }
  return { ...exchange, actor };
}

async function servePage(parts: ListenerParts, exchange: Omit<Exchange, "actor">): Promise<void> {
  const { request, response, url, requestId } = exchange;
  const nonce = randomBytes(16).toString("base64");
  const policy = contentSecurityPolicy(nonce, { dev: parts.dev });
  response.setHeader("content-security-policy", policy);
  // The page renderer reads the nonce from the request, and server components correlate their log by the id.
  Object.assign(request.headers, { "content-security-policy": policy, "x-nonce": nonce, "x-request-id": requestId });
  const target = isAsset(url.pathname) ? undefined : await entrance(parts, exchange);
  if (target === undefined) return parts.pages(request, response);
  response.writeHead(307, { location: target, "cache-control": "no-store" });
  response.end();
}

/** Where a visitor has to go first, if anywhere. */
async function entrance(parts: ListenerParts, exchange: Omit<Exchange, "actor">): Promise<string | undefined> {
  const { pathname, search } = exchange.url;
  if (parts.needsSetup()) return pathname === "/setup" ? undefined : "/setup";
  const { actor, setCookies } = await parts.identifyVisitor(exchange.request);
  if (setCookies.length > 0) exchange.response.setHeader("set-cookie", setCookies);
  if (pathname === "/sign-in") return actor === null ? undefined : "/";
  if (pathname === "/setup") return "/sign-in";
  if (actor !== null) return undefined;
  return `/sign-in?${new URLSearchParams({ next: `${pathname}${search}` }).toString()}`;
}

/** Files of the build and of the public folder: they hold nothing of anyone's. */
function isAsset(pathname: string): boolean {
  return pathname.startsWith("/_next/") || /^\/[\w-]+\.(svg|ico|png|txt|webmanifest)$/.test(pathname);
}

/** The first word of the path says which part answered; pages are many, so they are one. */
function measure(metrics: HttpMetrics, request: IncomingMessage, response: ServerResponse): void {
  const startedMs = performance.now();
  const path = request.url ?? "/";
  response.once("close", () => {
    const part = /^\/(api\/auth|api\/trpc|api|ofrep|v1|_next|healthz|readyz|metrics)\b/.exec(path)?.[1] ?? "page";
    const durationMs = performance.now() - startedMs;
    metrics.observe({ part, method: request.method ?? "GET", status: response.statusCode, durationMs });
  });
}

/** The last of several addresses is the one that the proxy next to us added itself. */
function clientIp(request: IncomingMessage, header: string | undefined): string {
  const named = header === undefined ? undefined : request.headers[header];
  const address = typeof named === "string" ? named.split(",").at(-1)?.trim() : undefined;
  return address ?? request.socket.remoteAddress ?? "unknown";
}

function nameRequest(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers["x-request-id"];
  const requestId = typeof given === "string" && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
  response.setHeader("x-request-id", requestId);
  return requestId;
}
