/**
 * Ids as they are stored: hex and UUIDs as bytes, ids out of 64 characters in six bits each, everything else as text.
 * Reading gives back exactly what was sent. What is stored must be readable for ever: tags and prefixes only ever grow.
 */

/** What a column of ids holds. Text and blobs never mean the same id, so equal ids are equal values. */
export type PackedId = Buffer | string;

const HEX = /^[0-9a-f]+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SIX_BIT = /^[0-9A-Za-z_-]+$/;
/** Shorter ids gain nothing. */
const SHORTEST = 16;
const LONGEST_TAIL = 255;

/** First byte of a packed id: how the rest is to be read. From `TAG_SIX_BIT` on, the prefix is in the tag too. */
const TAG_HEX = 0;
const TAG_UUID = 1;
const TAG_SIX_BIT = 16;
const PREFIXES = ["", "chatcmpl-", "resp_", "msg_", "req_", "cmpl-", "gen-", "run-", "call_"] as const;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
const CODES = new Uint8Array(128);
for (let code = 0; code < ALPHABET.length; code++) CODES[ALPHABET.charCodeAt(code)] = code;

/** Packs an id of a gateway. */
export function packId(id: string): PackedId {
  if (id.length < SHORTEST) return id;
  if (id.length === 36 && UUID.test(id)) return tagged(TAG_UUID, id.replaceAll("-", ""));
  if (id.length % 2 === 0 && HEX.test(id)) return tagged(TAG_HEX, id);
  if (id.length > LONGEST_TAIL || !SIX_BIT.test(id)) return id;
  const prefix = Math.max(
    0,
    PREFIXES.findLastIndex((start) => start !== "" && id.startsWith(start)),
  );
  return sixBit(prefix, id.slice(PREFIXES[prefix]?.length ?? 0));
}

/** The id that `packId` was given. */
export function unpackId(packed: PackedId): string {
  if (typeof packed === "string") return packed;
  const tag = packed[0] ?? TAG_HEX;
  if (tag >= TAG_SIX_BIT) return (PREFIXES[tag - TAG_SIX_BIT] ?? "") + sixBitText(packed);
  const hex = packed.toString("hex", 1);
  if (tag !== TAG_UUID) return hex;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function tagged(tag: number, hex: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + hex.length / 2);
  bytes[0] = tag;
  bytes.write(hex, 1, "hex");
  return bytes;
}

/** Tag, number of characters, characters. */
function sixBit(prefix: number, tail: string): Buffer {
  const bytes = Buffer.allocUnsafe(2 + Math.ceil((tail.length * 6) / 8));
  bytes[0] = TAG_SIX_BIT + prefix;
  bytes[1] = tail.length;
  let at = 2;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < tail.length; i++) {
    held = (held << 6) | (CODES[tail.charCodeAt(i)] ?? 0);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  if (bits > 0) bytes[at] = held << (8 - bits);
  return bytes;
}

function sixBitText(packed: Buffer): string {
  const length = packed[1] ?? 0;
  let text = "";
  let held = 0;
  let bits = 0;
  for (let at = 2; text.length < length && at <= packed.length;) {
    if (bits < 6) {
      held = (held << 8) | (packed[at++] ?? 0);
      bits += 8;
    }
    bits -= 6;
    text += ALPHABET[held >> bits] ?? "";
    held &= (1 << bits) - 1;
  }
  return text;
}

/** A trace or span id: bytes when it is hex of the right length, otherwise the text as sent. */
export function packTraceId(id: string): PackedId {
  const hex = id.toLowerCase();
  return hex.length % 2 === 0 && hex.length > 0 && HEX.test(hex) ? Buffer.from(hex, "hex") : id;
}

/** Hex of a trace or span id's bytes, or its text. */
export function unpackTraceId(packed: PackedId): string {
  return typeof packed === "string" ? packed : packed.toString("hex");
}
