/**
 * A signed statement of how long the audit chain was and where it stood. A chain alone proves nothing against somebody
 * who rewrites all of it; one checkpoint kept elsewhere does. The text that is signed is made here; signing is others' work.
 */
import { z } from "zod";
import { sha256HexOfBytes } from "@/server/domain/hash";
import { verifyChain, type AuditEntry, type ChainVerification, type TextDigest } from "./chain";

export const Checkpoint = z.object({
  /** The installation that signed: the address people open. */
  origin: z.string().min(1),
  /** Entries it covers: the `seq` of the newest. */
  size: z.number().int().positive(),
  /** Hash of entry `size`, 64 hex digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** RFC 3339 UTC with milliseconds. */
  time: z.iso.datetime({ precision: 3 }),
  /** Ed25519 public key: SPKI, base64. */
  publicKey: z.base64(),
  /** Over `checkpointText`, base64. */
  signature: z.base64(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** The signed text: five lines, each ended by a line feed. */
export function checkpointText({ origin, size, hash, time }: Omit<Checkpoint, "publicKey" | "signature">): string {
  return ["switchback-audit-checkpoint/1", origin, String(size), hash, time].map((line) => `${line}\n`).join("");
}

/** What `text` in base64 stands for. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The SHA-256 of the public key, hex: short enough to note, long enough to be nobody else's. */
export function keyFingerprint(publicKey: string): string {
  return sha256HexOfBytes(bytesOfBase64(publicKey));
}

/** A chain walked in pieces, as it is read. */
export interface ChainWalk extends ChainVerification {
  /** Hash of the last entry walked; undefined before the first. */
  readonly head: string | undefined;
  /** Hash of the entry that a checkpoint names, once it was met. */
  readonly atCheckpoint: string | undefined;
}

export const WALK_START: ChainWalk = { entries: 0, valid: true, head: undefined, atCheckpoint: undefined };

/**
 * Walks the next piece.
 *
 * @param startHash the hash before the very first entry, where the walk does not begin at the chain's first.
 * @param size the entry whose hash is wanted.
 * @param sha256 as for `verifyChain`.
 */
export function walkChain(
  walk: ChainWalk,
  entries: readonly AuditEntry[],
  { startHash, size, sha256 }: { startHash?: string | undefined; size?: number | undefined; sha256?: TextDigest } = {},
): ChainWalk {
  const last = entries.at(-1);
  if (last === undefined) return walk;
  const piece = verifyChain(entries, walk.head ?? startHash, sha256);
  const firstBroken = walk.firstBroken ?? piece.firstBroken;
  return {
    entries: walk.entries + piece.entries,
    valid: walk.valid && piece.valid,
    ...(firstBroken === undefined ? {} : { firstBroken }),
    head: last.hash,
    atCheckpoint: walk.atCheckpoint ?? entries.find(({ seq }) => seq === size)?.hash,
  };
}
