/** API tokens: how they are drawn, hashed and recognised. A token is never stored and never logged. */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { ROLES, TOKEN_SCOPES } from "@/server/domain/vocabulary";
import type { Actor } from "@/server/control/context";
import type { ControlDatabase } from "@/server/store/control/database";
import { findTokenByHash, touchToken } from "@/server/store/control/tokens";

/** `sbk_` and 32 random bytes as 43 base64url characters. */
const TOKEN = /^sbk_[A-Za-z0-9_-]{43}$/;

/** How much of a token lists show: enough to recognise it, useless to a thief. */
export const TOKEN_PREFIX_LENGTH = 8;

/** Last use is noted at most this often, so that a busy token does not write on every request. */
const TOUCH_EVERY_MS = 60_000;

const StoredScopes = z.array(z.enum(TOKEN_SCOPES));
const StoredRole = z.enum(ROLES).nullable();

export function generateToken(): string {
  return `sbk_${randomBytes(32).toString("base64url")}`;
}

/** SHA-256, hex. A slow hash is not needed: 256 random bits cannot be guessed. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/**
 * Who a token acts as, or undefined when it is unknown, revoked or expired. Looking it up by its hash leaks no timing
 * about the token itself.
 */
export function authenticateToken(
  db: ControlDatabase,
  { token, nowMs }: { token: string; nowMs: number },
): Actor | undefined {
  if (!TOKEN.test(token)) return undefined;
  const row = findTokenByHash(db, hashToken(token));
  if (row === undefined || row.revokedAtMs !== null) return undefined;
  if (row.expiresAtMs !== null && row.expiresAtMs <= nowMs) return undefined;
  if (row.lastUsedAtMs === null || nowMs - row.lastUsedAtMs >= TOUCH_EVERY_MS) {
    noteUse(db, { id: row.id, nowMs });
  }
  return {
    kind: "token",
    id: row.id,
    name: row.name,
    role: StoredRole.parse(row.role),
    scopes: StoredScopes.parse(row.scopes),
  };
}

/** A database that takes no writes (full disk, long lock) must not keep gateways from reading what to serve. */
function noteUse(db: ControlDatabase, { id, nowMs }: { id: string; nowMs: number }): void {
  try {
    touchToken(db, { id, nowMs, notedSinceMs: nowMs - TOUCH_EVERY_MS });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^SQLITE_(BUSY|LOCKED|FULL|READONLY|IOERR)/.test(code)) throw error;
  }
}
