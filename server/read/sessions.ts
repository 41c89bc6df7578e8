/** Where somebody is signed in: which browser, from where, when last used. Never the token that is the key. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import type { Actor } from "@/server/control/context";
import { listSessions } from "@/server/store/control/sessions";
import type { ReadDeps } from "./deps";

export const SessionView = z.object({
  id: z.string(),
  /** Whether it is the one this was asked through. */
  current: z.boolean(),
  /** As the browser names itself; null when it does not. */
  userAgent: z.string().nullable(),
  /** The client's address at sign-in. */
  ipAddress: z.string().nullable(),
  signedInAt: Time,
  /** Known to within five minutes. */
  lastUsedAt: Time,
  expiresAt: Time,
});

/** The caller's own sessions, the last used first; a token has none. */
export function sessionList(
  { control, nowMs }: Pick<ReadDeps, "control" | "nowMs">,
  actor: Pick<Actor, "kind" | "id" | "sessionId">,
): z.input<typeof SessionView>[] {
  if (actor.kind !== "person") return [];
  return listSessions(control, { userId: actor.id, nowMs }).map((row) => ({
    id: row.id,
    current: row.id === actor.sessionId,
    userAgent: row.userAgent,
    ipAddress: row.ipAddress === "" ? null : row.ipAddress,
    signedInAt: row.signedInAtMs,
    lastUsedAt: row.lastUsedAtMs,
    expiresAt: row.expiresAtMs,
  }));
}
