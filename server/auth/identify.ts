/** Who makes this request: the bearer of a token, else the person behind the session cookie, else nobody. */
import type { IncomingHttpHeaders } from "node:http";
import { DomainError } from "@/server/domain/errors";
import type { Actor } from "@/server/control/context";
import type { ControlDatabase } from "@/server/store/control/database";
import type { Auth } from "./auth";
import { findSessionActor } from "./session";
import { authenticateToken } from "./token";

export interface Identified {
  actor: Actor | null;
  /** Cookies to send along when a session was prolonged. */
  setCookies: string[];
}

/**
 * A token that is sent decides alone: a wrong one is refused, also beside a valid session.
 *
 * @throws DomainError `unauthenticated` for a token that is unknown, expired or revoked.
 */
export async function identify(
  deps: { auth: Auth; control: ControlDatabase; clock: () => number },
  headers: IncomingHttpHeaders,
): Promise<Identified> {
  const token = readToken(headers);
  if (token === undefined) {
    const session = await findSessionActor(deps.auth, cookieHeaders(headers));
    return session ?? { actor: null, setCookies: [] };
  }
  const actor = authenticateToken(deps.control, { token, nowMs: deps.clock() });
  if (actor !== undefined) return { actor, setCookies: [] };
  throw new DomainError("unauthenticated", "the token is unknown, expired or revoked: create another one");
}

/** As `identify`, for whoever opens a page: a refused token makes a visitor, who may sign in. */
export async function identifyVisitor(
  deps: Parameters<typeof identify>[0],
  headers: IncomingHttpHeaders,
): Promise<Identified> {
  try {
    return await identify(deps, headers);
  } catch (error) {
    if (error instanceof DomainError) return { actor: null, setCookies: [] };
    throw error;
  }
}

function readToken(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  if (authorization !== undefined) {
    throw new DomainError("unauthenticated", "Authorization must be `Bearer <token>`");
  }
  // What OpenFeature clients may send instead.
  const apiKey = headers["x-api-key"];
  return typeof apiKey === "string" ? apiKey : undefined;
}

function cookieHeaders(headers: IncomingHttpHeaders): Headers {
  return new Headers(headers.cookie === undefined ? {} : { cookie: headers.cookie });
}
