/** The key that signs audit checkpoints: made once, kept beside the databases, readable by the owner alone. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkpointText, type Checkpoint } from "@/server/domain/audit/checkpoint";

export interface CheckpointKey {
  /** SPKI, base64. */
  readonly publicKey: string;
  readonly sign: (statement: Omit<Checkpoint, "publicKey" | "signature">) => Checkpoint;
}

/**
 * The installation's key; created on the first call.
 *
 * @throws Error when the file holds something else: another key would look like another installation.
 */
export function loadCheckpointKey(dataDir: string): CheckpointKey {
  const path = join(dataDir, "audit-key.pem");
  const { privateKey: fresh } = generateKeyPairSync("ed25519");
  try {
    writeFileSync(path, fresh.export({ type: "pkcs8", format: "pem" }), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  chmodSync(path, 0o600);
  return keyOf(readFileSync(path, "utf8"), path);
}

function keyOf(pem: string, path: string): CheckpointKey {
  const privateKey = parseKey(pem);
  if (privateKey?.asymmetricKeyType !== "ed25519") {
    throw new Error(
      `${path} does not hold an Ed25519 private key: restore it from a backup, or delete it for a new one`,
    );
  }
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64");
  return {
    publicKey,
    sign: (statement) => {
      const signature = sign(null, Buffer.from(checkpointText(statement)), privateKey).toString("base64");
      return { ...statement, publicKey, signature };
    },
  };
}

function parseKey(pem: string): ReturnType<typeof createPrivateKey> | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

/** Whether the checkpoint's signature is that of the key it names; also false for a key that is none. */
export function isSigned(checkpoint: Checkpoint): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(checkpoint.publicKey, "base64"), format: "der", type: "spki" });
    return (
      key.asymmetricKeyType === "ed25519" &&
      verify(null, Buffer.from(checkpointText(checkpoint)), key, Buffer.from(checkpoint.signature, "base64"))
    );
  } catch {
    return false;
  }
}
