/** Ids as they are stored: hex and UUIDs as bytes, everything else as text. Reading gives back exactly what was sent. */

/** What a column of ids holds. Text and blobs never mean the same id, so equal ids are equal values. */
export type PackedId = Buffer | string;

const HEX = /^[0-9a-f]+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PREFIXED_HEX = /^([a-z]{2,8}[_-])((?:[0-9a-f]{2}){8,})$/;
/** First byte of a packed id: how the rest is to be read. */
const TAG_HEX = 0;
const TAG_UUID = 1;
const TAG_PREFIXED = 2;

/** Packs an id of a gateway. */
export function packId(id: string): PackedId {
  if (id.length === 36 && UUID.test(id)) return tagged(TAG_UUID, id.replaceAll("-", ""));
  if (id.length >= 16 && id.length % 2 === 0 && HEX.test(id)) return tagged(TAG_HEX, id);
  const [, prefix, digits] = id.length >= 19 ? (PREFIXED_HEX.exec(id) ?? []) : [];
  if (prefix === undefined || digits === undefined) return id;
  return Buffer.concat([Buffer.from([TAG_PREFIXED, prefix.length]), Buffer.from(prefix), Buffer.from(digits, "hex")]);
}

/** The id that `packId` was given. */
export function unpackId(packed: PackedId): string {
  if (typeof packed === "string") return packed;
  if (packed[0] === TAG_PREFIXED) {
    const end = 2 + (packed[1] ?? 0);
    return packed.toString("latin1", 2, end) + packed.toString("hex", end);
  }
  const hex = packed.toString("hex", 1);
  if (packed[0] !== TAG_UUID) return hex;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function tagged(tag: number, hex: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + hex.length / 2);
  bytes[0] = tag;
  bytes.write(hex, 1, "hex");
  return bytes;
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
