/** Fingerprints of feature transformations: whether what was evaluated offline is what is served online. */
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";

/** First 8 hex digits of the SHA-256 of the configuration's canonical text. @throws RangeError as `canonicalText`. */
export function fingerprint(config: CanonicalValue): string {
  return sha256Hex(canonicalText(config)).slice(0, 8);
}

/** Both sides of a comparison. */
export interface Parity {
  readonly offline: string;
  readonly online: string;
  readonly equal: boolean;
}

/** Compares the two fingerprints; undefined while one is not known, which is never equality. */
export function parity(offline: string | undefined, online: string | undefined): Parity | undefined {
  if (offline === undefined || online === undefined) return undefined;
  return { offline, online, equal: offline === online };
}
