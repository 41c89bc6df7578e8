/** Headers that every answer carries, and the content security policy of pages. */
import type { ServerResponse } from "node:http";

/** Sets what holds for every answer. `https` adds strict transport security. */
export function setSecurityHeaders(response: ServerResponse, options: { https: boolean }): void {
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("x-frame-options", "DENY");
  response.setHeader("referrer-policy", "same-origin");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-resource-policy", "same-origin");
  response.setHeader("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  if (options.https) response.setHeader("strict-transport-security", "max-age=31536000");
}

/**
 * The policy of a page: scripts run only with this request's nonce or when such a script loads them. Style attributes
 * are allowed, because server-rendered charts position with them; style elements need the nonce.
 */
export function contentSecurityPolicy(nonce: string, options: { dev: boolean }): string {
  const scripts = `'self' 'nonce-${nonce}' 'strict-dynamic'${options.dev ? " 'unsafe-eval'" : ""}`;
  const styles = options.dev ? "'self' 'unsafe-inline'" : `'self' 'nonce-${nonce}'`;
  return [
    "default-src 'self'",
    `script-src ${scripts}`,
    `style-src ${styles}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${options.dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
