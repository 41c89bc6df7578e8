/**
 * Short strings out of bytes, without decoding the same one twice: an export repeats its keys and most of its values.
 * A fixed table, each place holding the last string that fell on it, so hostile bodies cannot make it grow.
 */

const PLACES = 8_192;
const LONGEST = 48;

/** The bytes of all places: small buffers of their own would each keep the block alive that Node cut them from. */
const known = Buffer.alloc(PLACES * LONGEST);
/** 0: nothing has fallen on the place. */
const lengths = new Uint8Array(PLACES);
const texts = Array.from({ length: PLACES }, () => "");

/** UTF-8 text of `bytes[start, end)`; the caller has checked the bounds. */
export function cachedText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return "";
  if (length > LONGEST) return bytes.toString("utf8", start, end);
  let hash = length;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  if (lengths[place] === length && isSame(place * LONGEST, bytes, start, length)) return texts[place] ?? "";
  const text = bytes.toString("utf8", start, end);
  for (let i = 0; i < length; i++) known[place * LONGEST + i] = bytes[start + i] ?? 0;
  lengths[place] = length;
  texts[place] = text;
  return text;
}

function isSame(at: number, bytes: Buffer, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (known[at + i] !== bytes[start + i]) return false;
  return true;
}
