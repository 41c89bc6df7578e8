/** Whether a log that was verified here agrees with the newest signed checkpoint, and with the one kept at the last visit. */
import { createStored } from "@/components/ui/preference";
import { bytesOfBase64, Checkpoint, checkpointText } from "@/server/domain/audit/checkpoint";

/** What holding a log against its checkpoint came to; all but the first two mean that something is wrong. */
export type CheckpointVerdict =
  | "agrees"
  | "unchecked_signature"
  | "bad_signature"
  | "too_short"
  | "other_history"
  | "rewritten";

export interface CheckpointCheck {
  checkpoint: Checkpoint;
  verdict: CheckpointVerdict;
  /** Kept by this browser at an earlier visit. */
  kept: Checkpoint | null;
  /** The key is another one than at the earlier visit: restored from elsewhere, or not the installation it was. */
  otherKey: boolean;
}

/** The checkpoint that this browser saw last: whoever rewrites the log cannot change it here. */
export const keptCheckpoint = createStored("switchback.audit.checkpoint", Checkpoint);

/**
 * @param hashAt the verified log's hashes at the checkpoints' entries.
 * @param signed whether the signature is that of the named key; null where this browser cannot tell.
 */
export function checkCheckpoint(given: {
  checkpoint: Checkpoint;
  kept: Checkpoint | null;
  hashAt: ReadonlyMap<number, string>;
  signed: boolean | null;
}): CheckpointCheck {
  const { checkpoint, kept, hashAt, signed } = given;
  const verdict = (): CheckpointVerdict => {
    if (signed === false) return "bad_signature";
    if (!hashAt.has(checkpoint.size)) return "too_short";
    if (hashAt.get(checkpoint.size) !== checkpoint.hash) return "other_history";
    if (kept !== null && hashAt.get(kept.size) !== kept.hash) return "rewritten";
    return signed === null ? "unchecked_signature" : "agrees";
  };
  return { checkpoint, kept, verdict: verdict(), otherKey: kept !== null && kept.publicKey !== checkpoint.publicKey };
}

/** Whether the signature is that of the key the checkpoint names; null where the browser offers no Ed25519. */
export async function verifySignature(checkpoint: Checkpoint): Promise<boolean | null> {
  // Absent on plain http, whatever the types say.
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return null;
  const key = await importKey(subtle, checkpoint.publicKey);
  if (key === null) return null;
  const text = new TextEncoder().encode(checkpointText(checkpoint));
  return subtle.verify("Ed25519", key, bytesOfBase64(checkpoint.signature), text);
}

async function importKey(subtle: SubtleCrypto, publicKey: string): Promise<CryptoKey | null> {
  try {
    return await subtle.importKey("spki", bytesOfBase64(publicKey), "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return null;
    throw error;
  }
}
