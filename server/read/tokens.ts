/** API tokens as administrators see them: never the token itself, nor its hash. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ROLES, TOKEN_SCOPES } from "@/server/domain/vocabulary";
import { listTokens } from "@/server/store/control/tokens";
import type { ReadDeps } from "./deps";

export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  /** The first characters, to recognise it by. */
  prefix: z.string(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  role: z.enum(ROLES).nullable(),
  state: z.enum(["active", "expired", "revoked"]),
  createdAt: Time,
  createdBy: z.string(),
  expiresAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
  revokedAt: Time.nullable(),
});

const Scopes = z.array(z.enum(TOKEN_SCOPES));
const StoredRole = z.enum(ROLES).nullable();

/** Every token ever created, newest first. */
export function tokenList({ control, nowMs }: Pick<ReadDeps, "control" | "nowMs">): z.input<typeof TokenView>[] {
  return listTokens(control).map((row) => ({
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: Scopes.parse(row.scopes),
    role: StoredRole.parse(row.role),
    state: stateOf(row, nowMs),
    createdAt: row.createdAtMs,
    createdBy: row.createdBy,
    expiresAt: row.expiresAtMs,
    lastUsedAt: row.lastUsedAtMs,
    revokedAt: row.revokedAtMs,
  }));
}

function stateOf(
  row: { revokedAtMs: number | null; expiresAtMs: number | null },
  nowMs: number,
): "active" | "expired" | "revoked" {
  if (row.revokedAtMs !== null) return "revoked";
  return row.expiresAtMs !== null && row.expiresAtMs <= nowMs ? "expired" : "active";
}
