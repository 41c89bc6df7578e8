/** Who may run a verb: rule 10's ladder, enforced inside each verb whatever the caller has checked before. */
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import { ROLES } from "@/server/domain/vocabulary";
import { forbidden } from "@/server/domain/errors";
import type { Actor } from "./context";

/** The least role, the token scopes that also suffice, and whether the controller or the system may act. */
export interface Permission {
  role: Role;
  scopes?: readonly TokenScope[];
  automatic?: readonly ("controller" | "system")[];
}

/**
 * Lets the actor through or refuses.
 *
 * @throws DomainError `forbidden`, naming the role or scope that would be needed.
 */
export function requireRole(actor: Actor, permission: Permission): void {
  if (permits(actor, permission)) return;
  const scopes = permission.scopes ?? [];
  const orScope = scopes.length === 0 ? "" : `, or a token with scope ${scopes.join(" or ")}`;
  throw forbidden(`this needs the role ${permission.role} or higher${orScope}; ${describeActor(actor)}`);
}

function permits(actor: Actor, permission: Permission): boolean {
  if (actor.role !== null && ROLES.indexOf(actor.role) >= ROLES.indexOf(permission.role)) return true;
  if (actor.kind === "controller" || actor.kind === "system")
    return permission.automatic?.includes(actor.kind) ?? false;
  return actor.scopes.some((scope) => permission.scopes?.includes(scope) ?? false);
}

function describeActor(actor: Actor): string {
  if (actor.role !== null) return `${actor.name} has the role ${actor.role}`;
  if (actor.scopes.length > 0) return `the token ${actor.name} has the scope ${actor.scopes.join(", ")}`;
  return `${actor.name} holds no role`;
}
