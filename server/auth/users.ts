/** People: added by the first set-up, the command line, the demo and administrators. There is no sign-up. */
import { randomBytes } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { ROLES } from "@/server/domain/vocabulary";
import type { ControlContext } from "@/server/control/context";
import { perform, writeAudit, type Act } from "@/server/control/perform";
import { requireRole } from "@/server/control/require-role";
import {
  countUsers,
  findUser,
  findUserByEmail,
  insertUser,
  listUsers,
  updateUserRole,
  type UserRow,
} from "@/server/store/control/users";
import { deleteSessionsOf } from "@/server/store/control/sessions";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./password-length";

export const CreateUserInput = closedObject({
  email: z.email("must be an e-mail address").max(254),
  name: z.string().trim().min(1).max(100),
  password: z
    .string()
    .min(PASSWORD_MIN_LENGTH, `must have at least ${PASSWORD_MIN_LENGTH} characters`)
    .max(PASSWORD_MAX_LENGTH, `must have at most ${PASSWORD_MAX_LENGTH} characters`),
  role: z.enum(ROLES),
});
export type CreateUserInput = z.input<typeof CreateUserInput>;

export const CreateUserOutput = z.object({ id: z.string() });

export const SetUserRoleInput = closedObject({ userId: z.string().min(1), role: z.enum(ROLES) });
export const SetUserRoleOutput = z.object({ id: z.string(), role: z.enum(ROLES) });

export const EndSessionsInput = closedObject({ userId: z.string().min(1) });
export const EndSessionsOutput = z.object({ id: z.string(), ended: z.number().int() });

/**
 * Adds a person who signs in with e-mail and password.
 *
 * @param options `onlyFirst`: only while nobody exists.
 * @throws DomainError `invalid_input`; `conflict` when the address is taken or, with `onlyFirst`, anyone exists.
 */
export async function createUser(
  context: ControlContext,
  input: CreateUserInput,
  options: { onlyFirst: boolean } = { onlyFirst: false },
): Promise<z.output<typeof CreateUserOutput>> {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const { password, ...person } = parseInput(CreateUserInput, input, "the person");
  const passwordHash = await hashPassword(password);
  const id = `usr_${randomBytes(12).toString("hex")}`;
  return perform(context, (act) => {
    const { tx } = act;
    if (options.onlyFirst && countUsers(tx) > 0) throw conflict("the first administrator exists already: sign in");
    if (findUserByEmail(tx, person.email) !== undefined)
      throw conflict(`there is a person with e-mail ${person.email}`);
    insertUser(tx, { ...person, id, passwordHash, createdAtMs: context.nowMs });
    writeAudit(act, { action: "user.created", target: `user/${id}`, after: { name: person.name, role: person.role } });
    return { id };
  });
}

/**
 * Gives a person another role; it holds from the next request on.
 *
 * @throws DomainError `not_found`; `conflict` for the last administrator: then nobody could add another.
 */
export function setUserRole(
  context: ControlContext,
  input: z.input<typeof SetUserRoleInput>,
): z.output<typeof SetUserRoleOutput> {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const { userId, role } = parseInput(SetUserRoleInput, input, "the role");
  return perform(context, (act) => {
    const user = requireUser(act, userId);
    if (user.role === role) return { id: userId, role };
    const admins = listUsers(act.tx).filter((one) => one.role === "admin");
    if (user.role === "admin" && admins.length === 1) {
      throw conflict(`${user.name} is the last administrator: make somebody else one first`);
    }
    updateUserRole(act.tx, { id: userId, role, atMs: context.nowMs });
    const target = `user/${userId}`;
    writeAudit(act, { action: "user.role_changed", target, before: { role: user.role }, after: { role } });
    return { id: userId, role };
  });
}

/** Signs a person out everywhere. @throws DomainError `not_found`. */
export function endSessions(
  context: ControlContext,
  input: z.input<typeof EndSessionsInput>,
): z.output<typeof EndSessionsOutput> {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const { userId } = parseInput(EndSessionsInput, input, "the person");
  return perform(context, (act) => {
    requireUser(act, userId);
    const ended = deleteSessionsOf(act.tx, userId);
    writeAudit(act, { action: "user.sessions_ended", target: `user/${userId}`, after: { ended } });
    return { id: userId, ended };
  });
}

function requireUser({ tx }: Act, userId: string): UserRow {
  const user = findUser(tx, userId);
  if (user === undefined) throw notFound("person", userId);
  return user;
}
