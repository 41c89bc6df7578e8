/** The secret that signs session cookies: made once, kept beside the databases, readable by the owner alone. */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SECRET = /^[0-9a-f]{64}$/;

/**
 * The installation's secret; created on the first call.
 *
 * @throws Error when the file holds something else: a cut-off secret must not quietly weaken every session.
 */
export function loadAuthSecret(dataDir: string): string {
  const path = join(dataDir, "auth-secret");
  try {
    writeFileSync(path, randomBytes(32).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!isExisting(error)) throw error;
  }
  chmodSync(path, 0o600);
  const secret = readFileSync(path, "utf8").trim();
  if (SECRET.test(secret)) return secret;
  throw new Error(`${path} does not hold 64 hex digits: restore it from a backup, or delete it to sign everyone out`);
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}
