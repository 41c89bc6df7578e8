/** What a backup holds: its first file, so that everything after it can be checked. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { bytesWords, type Progress } from "@/server/cli/progress";

export const MANIFEST = "manifest.json";

/** Files of a data directory that cannot be made anew. Mirrors of git repositories can. */
export const DATABASES = ["control.db", "telemetry.db"] as const;
export const KEYS = ["auth-secret", "audit-key.pem"] as const;
const NAMES = [...DATABASES, ...KEYS] as const;

export const BackupManifest = z.object({
  format: z.literal(1, { error: "was made by another version of Switchback: use that version to restore it" }),
  /** The version that made it. */
  version: z.string(),
  takenAt: z.iso.datetime(),
  files: z.array(
    z.object({
      name: z.enum(NAMES),
      size: z.number().int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  /** The audit log at that moment: compare it with a head that was noted elsewhere. */
  audit: z.object({ entries: z.number().int(), valid: z.boolean(), head: z.string() }),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** Size and SHA-256 of a file, read in pieces. */
export async function fingerprintFile(path: string, progress: Progress): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  const { size } = await stat(path);
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    progress.say(`hashing ${basename(path)}`, bytesWords(bytes, size));
  }
  return { size, sha256: hash.digest("hex") };
}
