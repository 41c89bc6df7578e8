/** The identity of a release: the hash of its component map's canonical text, and of nothing else. */
import { canonicalText } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";
import { ReleaseId } from "@/server/domain/ids";
import type { ComponentMap } from "./component-map";

/** SHA-256 of the map's canonical text: 64 hex digits. Kept whole, so that two maps with one id are noticed. */
export function releaseDigest(map: ComponentMap): string {
  return sha256Hex(canonicalText(map));
}

/** The first 10 hex digits of `releaseDigest`. */
export function releaseId(map: ComponentMap): ReleaseId {
  return ReleaseId.parse(releaseDigest(map).slice(0, 10));
}
