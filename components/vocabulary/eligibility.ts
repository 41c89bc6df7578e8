/** Why a control cannot be used by this reader, in words. The server decides again; this only explains beforehand. */
import type { Me } from "@/components/data/outputs";
import { ROLES, type Role } from "@/server/domain/vocabulary";
import { ROLE_WORDS } from "./states";

/** Null when the role suffices, or is not known yet. */
export function roleReason(me: Me | undefined, needed: Role): string | null {
  if (me === undefined) return null;
  if (me.role !== null && ROLES.indexOf(me.role) >= ROLES.indexOf(needed)) return null;
  const has = me.role === null ? "your token has scopes only" : `you are ${ROLE_WORDS[me.role]}`;
  return `Needs the role ${ROLE_WORDS[needed]}; ${has}`;
}
