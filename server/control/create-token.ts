/** Creates an API token. The token itself is in the answer only; the database keeps its SHA-256. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { DURATION_FORM, parseDuration } from "@/server/domain/policy/duration";
import { Time } from "@/server/domain/time";
import { ROLES, TOKEN_SCOPES } from "@/server/domain/vocabulary";
import { generateToken, hashToken, TOKEN_PREFIX_LENGTH } from "@/server/auth/token";
import { newId } from "@/server/store/control/ids";
import { addToken } from "@/server/store/control/tokens";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const CreateTokenInput = closedObject({
  name: z.string().trim().min(1, "a token needs a name, e.g. gateway-eu").max(128),
  scopes: z
    .array(z.enum(TOKEN_SCOPES))
    .min(1, `give at least one of ${TOKEN_SCOPES.join(", ")}`)
    .optional(),
  role: z.enum(ROLES).optional(),
  /** How long the token works, e.g. `90d`; without it, until it is revoked. */
  expires: z.string().optional(),
});
export type CreateTokenInput = z.input<typeof CreateTokenInput>;

export const CreateTokenOutput = z.object({
  id: z.string(),
  /** Shown this once. */
  token: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  role: z.enum(ROLES).nullable(),
  expiresAt: Time.nullable(),
});
export type CreateTokenOutput = z.input<typeof CreateTokenOutput>;

/** @throws DomainError `invalid_input` unless exactly one of `scopes` and `role` is given. */
export function createToken(context: ControlContext, input: CreateTokenInput): CreateTokenOutput {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const given = parseInput(CreateTokenInput, input, "the token");
  if ((given.scopes === undefined) === (given.role === undefined)) {
    throw invalidInput("a token has either scopes or a role: give exactly one of them", [
      { pointer: "/scopes", message: "give scopes or a role, not both and not neither" },
    ]);
  }
  const token = generateToken();
  const id = newId("tok", context.nowMs);
  const scopes = [...new Set(given.scopes ?? [])];
  const role = given.role ?? null;
  const expiresAtMs = given.expires === undefined ? null : context.nowMs + lifetimeMs(given.expires);
  return perform(context, (act) => {
    addToken(act.tx, {
      id,
      name: given.name,
      hash: hashToken(token),
      prefix: token.slice(0, TOKEN_PREFIX_LENGTH),
      scopes,
      role,
      createdAtMs: context.nowMs,
      createdBy: context.actor.name,
      expiresAtMs,
      lastUsedAtMs: null,
      revokedAtMs: null,
    });
    writeAudit(act, {
      action: "token.created",
      target: `token/${id}`,
      after: { name: given.name, scopes, role, expiresAtMs },
    });
    return { id, token, name: given.name, scopes, role, expiresAt: expiresAtMs };
  });
}

function lifetimeMs(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw invalidInput(`expires ${text} is not a duration: write ${DURATION_FORM}`, [
    { pointer: "/expires", message: `must be ${DURATION_FORM}` },
  ]);
}
