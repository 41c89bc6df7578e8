/** Who may send telemetry: tokens with the `ingest` scope, and those of release managers and admins. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ROLES } from "@/server/domain/vocabulary";
import type { ControlFacts } from "@/server/store/sqlite/control-facts";

/** 401 for nobody, 403 for somebody who may not. */
export class AccessError extends Error {
  readonly status: 401 | 403;

  constructor(status: AccessError["status"], message: string) {
    super(message);
    this.name = "AccessError";
    this.status = status;
  }
}

const ROLES_THAT_MAY: readonly string[] = ROLES.slice(ROLES.indexOf("release_manager"));

/** @throws AccessError when the request may not send telemetry. */
export function checkAccess(request: IncomingMessage, facts: ControlFacts, nowMs: number): void {
  const [, token] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token === undefined) {
    throw new AccessError(401, "a token is needed: send Authorization: Bearer <token> with the ingest scope");
  }
  const found = facts.findToken(createHash("sha256").update(token).digest("hex"), nowMs);
  if (found === undefined) throw new AccessError(401, "the token is not known: create one with the ingest scope");
  if (found.revokedAtMs !== null) throw new AccessError(401, "the token has been revoked");
  if (found.expiresAtMs !== null && found.expiresAtMs <= nowMs) throw new AccessError(401, "the token has expired");
  if (found.scopes.includes("ingest") || (found.role !== null && ROLES_THAT_MAY.includes(found.role))) return;
  throw new AccessError(403, "the token may not send telemetry: it lacks the ingest scope");
}
