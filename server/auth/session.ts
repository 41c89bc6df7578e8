/** From a session cookie to the acting person. Roles are read from the database on every call, so a change holds at once. */
import { z } from "zod";
import type { Actor } from "@/server/control/context";
import { ROLES } from "@/server/domain/vocabulary";
import type { Auth } from "./auth";

const SessionUser = z.object({ id: z.string(), name: z.string(), email: z.string(), role: z.enum(ROLES) });

export interface SessionActor {
  actor: Actor;
  /** Cookies to send along when the session was prolonged. */
  setCookies: string[];
}

/** The person behind the request's session cookie, or null. */
export async function findSessionActor(auth: Auth, headers: Headers): Promise<SessionActor | null> {
  if (!headers.has("cookie")) return null;
  const found = await auth.api.getSession({ headers, returnHeaders: true });
  if (found.response === null) return null;
  const { id, name, email, role } = SessionUser.parse(found.response.user);
  return {
    actor: { kind: "person", id, name, email, role, scopes: [], sessionId: found.response.session.id },
    setCookies: found.headers.getSetCookie(),
  };
}
