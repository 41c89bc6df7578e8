/** Revokes an API token: it works no longer from the next request on. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import { findToken, writeTokenRevoked } from "@/server/store/control/tokens";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const RevokeTokenInput = closedObject({ tokenId: z.string().min(1) });
export type RevokeTokenInput = z.input<typeof RevokeTokenInput>;

export const RevokeTokenOutput = z.object({ id: z.string(), revokedAt: Time });
export type RevokeTokenOutput = z.input<typeof RevokeTokenOutput>;

/** Revoking again changes nothing and answers when it was revoked. */
export function revokeToken(context: ControlContext, input: RevokeTokenInput): RevokeTokenOutput {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const { tokenId } = parseInput(RevokeTokenInput, input, "the revocation");
  return perform(context, (act) => {
    const token = findToken(act.tx, tokenId);
    if (token === undefined) throw notFound("token", tokenId);
    if (token.revokedAtMs !== null) return { id: tokenId, revokedAt: token.revokedAtMs };
    writeTokenRevoked(act.tx, { id: tokenId, nowMs: context.nowMs });
    writeAudit(act, { action: "token.revoked", target: `token/${tokenId}`, before: { name: token.name } });
    return { id: tokenId, revokedAt: context.nowMs };
  });
}
