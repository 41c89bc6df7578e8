/** Forged requests: a write with a session cookie must come from our own pages. Tokens need no such check. */
import type { IncomingMessage } from "node:http";

/** The origins a page served under this `Host` can have. */
export function ownOrigins(host: string | null | undefined): string[] {
  return host === null || host === undefined ? [] : [`http://${host}`, `https://${host}`];
}

/**
 * True when the browser says that one of our own pages made the request; absent headers count as foreign.
 *
 * @param publicUrl the address people open: a proxy in between may have changed `Host`.
 */
export function isSameOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return request.headers["sec-fetch-site"] === "same-origin";
  return [new URL(publicUrl).origin, ...ownOrigins(request.headers.host)].includes(origin);
}
