/** What a procedure asks of its caller. The role ladder itself is the verbs' own check; this asks it before any work. */
import { DomainError } from "@/server/domain/errors";
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import type { Actor } from "@/server/control/context";
import { requireRole } from "@/server/control/require-role";

/** Declared once per procedure: the least role of a person or role token, and the token scopes that also suffice. */
export interface Access {
  role: Role;
  scopes: readonly TokenScope[];
}

/** Whoever knows the secret that the request is signed with: the endpoint checks that itself, over the raw bytes. */
export const SIGNED = "signed";

/** Everyone signed in, and tokens that may read. */
export const READ: Access = { role: "viewer", scopes: ["read"] };

/** Gateways read what they serve. */
export const GATEWAY_READ: Access = { role: "viewer", scopes: ["gateway", "read"] };

/**
 * Lets the actor through or refuses with what would be needed.
 *
 * @throws DomainError `unauthenticated` without an actor, `forbidden` without the role or scope.
 */
export function requireAccess(access: Access, actor: Actor | null): Actor {
  if (actor === null) {
    throw new DomainError("unauthenticated", "sign in, or send a token as `Authorization: Bearer <token>`");
  }
  requireRole(actor, access);
  return actor;
}
