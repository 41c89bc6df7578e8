/** Who the caller is: pages show it, and say which role a control needs; and where that person is signed in. */
import { z } from "zod";
import { NoInput } from "@/server/domain/input";
import { createRouter, procedure } from "@/server/api/trpc";
import { endOwnSessions, EndOwnSessionsInput, EndOwnSessionsOutput } from "@/server/auth/sessions";
import { sessionList, SessionView } from "@/server/read/sessions";
import { ROLES, TOKEN_SCOPES } from "@/server/domain/vocabulary";

export const meRouter = createRouter({
  get: procedure({
    access: { role: "viewer", scopes: TOKEN_SCOPES },
    rest: { method: "GET", path: "/api/v1/me", summary: "Who the caller is" },
    input: NoInput,
    output: z.object({
      kind: z.enum(["person", "token", "controller", "system"]),
      id: z.string(),
      name: z.string(),
      role: z.enum(ROLES).nullable(),
      scopes: z.array(z.enum(TOKEN_SCOPES)),
    }),
  }).query(({ ctx }) => ({ ...ctx.actor, scopes: [...ctx.actor.scopes] })),

  sessions: procedure({
    access: { role: "viewer", scopes: [] },
    input: NoInput,
    output: z.object({ items: z.array(SessionView) }),
  }).query(({ ctx }) => ({ items: sessionList(ctx, ctx.actor) })),

  endSessions: procedure({
    access: { role: "viewer", scopes: [] },
    input: EndOwnSessionsInput,
    output: EndOwnSessionsOutput,
  }).mutation(({ ctx, input }) => ctx.write(endOwnSessions, input)),
});
