/** Adding people: by the first set-up, the command line, the demo and administrators. There is no sign-up. */
import { randomBytes } from "node:crypto";
import { hashPassword } from "better-auth/crypto";
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { ROLES } from "@/server/domain/vocabulary";
import type { ControlContext } from "@/server/control/context";
import { perform, writeAudit } from "@/server/control/perform";
import { countUsers, findUserByEmail, insertUser } from "@/server/store/control/users";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./auth";

export const CreateUserInput = closedObject({
  email: z.email("must be an e-mail address"),
  name: z.string().trim().min(1).max(100),
  password: z
    .string()
    .min(PASSWORD_MIN_LENGTH, `must have at least ${PASSWORD_MIN_LENGTH} characters`)
    .max(PASSWORD_MAX_LENGTH, `must have at most ${PASSWORD_MAX_LENGTH} characters`),
  role: z.enum(ROLES),
  /** Only while nobody exists. */
  onlyFirst: z.boolean().optional(),
});
export type CreateUserInput = z.input<typeof CreateUserInput>;

/**
 * Adds a person who signs in with e-mail and password, and audits it.
 *
 * @throws DomainError `invalid_input`; `conflict` when the address is taken or, with `onlyFirst`, anyone exists.
 */
export async function createUser(context: ControlContext, input: CreateUserInput): Promise<{ id: string }> {
  const { password, onlyFirst, ...person } = parseInput(CreateUserInput, input, "the person");
  const passwordHash = await hashPassword(password);
  const id = `usr_${randomBytes(12).toString("hex")}`;
  return perform(context, (act) => {
    const { tx } = act;
    if (onlyFirst === true && countUsers(tx) > 0) throw conflict("the first administrator exists already: sign in");
    if (findUserByEmail(tx, person.email) !== undefined)
      throw conflict(`there is a person with e-mail ${person.email}`);
    insertUser(tx, { ...person, id, passwordHash, createdAtMs: context.nowMs });
    writeAudit(act, { action: "user.created", target: `user/${id}`, after: { name: person.name, role: person.role } });
    return { id };
  });
}
