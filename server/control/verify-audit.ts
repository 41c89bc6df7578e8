/** Verifies the whole audit chain as it is stored, in pieces, so that whoever shares the process is not kept waiting. */
import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { GENESIS_HASH, verifyChain } from "@/server/domain/audit/chain";
import { readStoredChain } from "@/server/store/control/audit";
import type { ControlDatabase } from "@/server/store/control/database";

export interface AuditVerification {
  entries: number;
  valid: boolean;
  /** `seq` of the first entry that does not fit, or null. */
  firstBroken: number | null;
  /** Hash of the newest entry: compare it with one noted earlier to see that nothing was cut off the end. */
  head: string;
}

const ENTRIES_AT_ONCE = 1000;

/** The platform's own SHA-256: several times as fast as the domain's, which also runs in browsers. */
export const nativeSha256 = (text: string): string => hash("sha256", text);

/** Walks the log from its first entry, telling `onProgress` how many it has verified. Entries written meanwhile are too. */
export async function verifyAudit(
  db: ControlDatabase,
  onProgress?: (entries: number) => void,
): Promise<AuditVerification> {
  const total: AuditVerification = { entries: 0, valid: true, firstBroken: null, head: GENESIS_HASH };
  let afterSeq = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const chunk = readStoredChain(db, { afterSeq, limit: ENTRIES_AT_ONCE });
    const last = chunk.at(-1);
    if (last === undefined) return total;
    // Only the first piece begins at the genesis; each other one at the hash that the one before ended with.
    const result = verifyChain(chunk, total.entries === 0 ? undefined : total.head, nativeSha256);
    total.entries += result.entries;
    total.valid &&= result.valid;
    total.firstBroken ??= result.firstBroken ?? null;
    total.head = last.hash;
    afterSeq = last.seq;
    onProgress?.(total.entries);
    await setImmediate();
  }
}
