/**
 * The audit's hash chain: each entry carries the hash of the one before, so that anyone with the export can tell that
 * nothing was changed, dropped or put in between. It seals and verifies; storing is others' work.
 */
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";
import type { Role } from "@/server/domain/vocabulary";

const ACTOR_KINDS = ["person", "token", "controller", "system"] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Who acted, and under which role. */
interface Actor {
  readonly kind: ActorKind;
  readonly id: string;
  readonly name: string;
  readonly role?: Role;
}

/** What happened, before it has a place in the chain. `before` and `after` are what changed, as JSON. */
export interface AuditRecord {
  /** RFC 3339 UTC with milliseconds: entries are hashed as they are exported, so that an export verifies as it is. */
  readonly at: string;
  readonly actor: Actor;
  /** `rollback`, `approve`, `policy.put`, … */
  readonly action: string;
  /** `application/deploy-assistant/alias/production`, … */
  readonly target: string;
  readonly before?: CanonicalValue;
  readonly after?: CanonicalValue;
  readonly reason?: string;
  readonly requestId?: string;
}

/** A sealed entry. `hash` is the SHA-256 of the canonical text of all its other members. */
export interface AuditEntry extends AuditRecord {
  /** 1, 2, 3, … without gaps. */
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

/** The `prevHash` of the first entry. */
export const GENESIS_HASH = "0".repeat(64);

/** SHA-256 of the UTF-8 bytes of a text, as 64 lower-case hex digits. */
export type TextDigest = (text: string) => string;

/** The outcome of a verification; `firstBroken` is the `seq` of the first entry that does not fit. */
export interface ChainVerification {
  readonly entries: number;
  readonly valid: boolean;
  readonly firstBroken?: number;
}

/** Puts a record behind `previous` (undefined for the first). @throws RangeError as `canonicalText`. */
export function sealEntry(previous: Pick<AuditEntry, "seq" | "hash"> | undefined, record: AuditRecord): AuditEntry {
  const entry = { ...record, seq: (previous?.seq ?? 0) + 1, prevHash: previous?.hash ?? GENESIS_HASH };
  return { ...entry, hash: hashOf(entry, sha256Hex) };
}

/**
 * Walks a chain, or a part of it.
 *
 * @param entries in order of `seq`. Any member an entry has beyond the known ones counts: adding one breaks it.
 * @param startHash the hash before the first of `entries`; without it the chain must begin at its very first entry.
 * @param sha256 a faster SHA-256 of UTF-8 text in hex, where the caller has one.
 */
export function verifyChain(
  entries: Iterable<AuditEntry>,
  startHash?: string,
  sha256: TextDigest = sha256Hex,
): ChainVerification {
  let count = 0;
  let firstBroken: number | undefined;
  let expectedHash = startHash ?? GENESIS_HASH;
  let expectedSeq = startHash === undefined ? 1 : undefined;
  for (const entry of entries) {
    count += 1;
    const { hash, ...rest } = entry;
    const fits = entry.prevHash === expectedHash && (expectedSeq === undefined || entry.seq === expectedSeq);
    if (firstBroken === undefined && !(fits && hash === safeHashOf(rest, sha256))) firstBroken = entry.seq;
    expectedHash = hash;
    expectedSeq = entry.seq + 1;
  }
  return firstBroken === undefined ? { entries: count, valid: true } : { entries: count, valid: false, firstBroken };
}

function hashOf(entry: Omit<AuditEntry, "hash">, sha256: TextDigest): string {
  // An entry is JSON throughout: strings, numbers and canonical values.
  return sha256(canonicalText(entry as unknown as CanonicalValue));
}

/** A forged entry may hold what has no canonical text; that is a broken entry, not an error. */
function safeHashOf(entry: Omit<AuditEntry, "hash">, sha256: TextDigest): string | undefined {
  try {
    return hashOf(entry, sha256);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
