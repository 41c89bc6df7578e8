/** People and their roles. Like tokens they have no path in the JSON API: a password must not be kept with an answer. */
import { z } from "zod";
import { NoInput } from "@/server/domain/input";
import { controlContext } from "@/server/api/context";
import { createRouter, procedure } from "@/server/api/trpc";
import {
  createUser,
  CreateUserInput,
  CreateUserOutput,
  endSessions,
  EndSessionsInput,
  EndSessionsOutput,
  setUserRole,
  SetUserRoleInput,
  SetUserRoleOutput,
} from "@/server/auth/users";
import { memberList, MemberView } from "@/server/read/members";

const ADMIN = { role: "admin", scopes: [] } as const;

export const membersRouter = createRouter({
  list: procedure({
    access: ADMIN,
    input: NoInput,
    output: z.object({ items: z.array(MemberView) }),
  }).query(({ ctx }) => ({ items: memberList(ctx) })),

  create: procedure({
    access: ADMIN,
    input: CreateUserInput,
    output: CreateUserOutput,
  }).mutation(({ ctx, input }) => createUser(controlContext(ctx), input)),

  setRole: procedure({
    access: ADMIN,
    input: SetUserRoleInput,
    output: SetUserRoleOutput,
  }).mutation(({ ctx, input }) => ctx.write(setUserRole, input)),

  endSessions: procedure({
    access: ADMIN,
    input: EndSessionsInput,
    output: EndSessionsOutput,
  }).mutation(({ ctx, input }) => ctx.write(endSessions, input)),
});
