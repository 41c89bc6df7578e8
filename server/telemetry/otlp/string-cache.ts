/**
 * Short strings out of bytes, without decoding the same one twice: an export repeats its keys and most of its values.
 * A fixed table, each place holding the last string that fell on it, so hostile bodies cannot make it grow.
 */

const PLACES = 8_192;
const LONGEST = 48;

interface Entry {
  bytes: Buffer;
  text: string;
}

const table = Array.from<Entry | undefined>({ length: PLACES });

/** UTF-8 text of `bytes[start, end)`; the caller has checked the bounds. */
export function cachedText(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return "";
  if (length > LONGEST) return bytes.toString("utf8", start, end);
  let hash = length;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
  const entry = table[place];
  if (entry !== undefined && isSame(entry.bytes, bytes, start, length)) return entry.text;
  const text = bytes.toString("utf8", start, end);
  table[place] = { bytes: Buffer.from(bytes.subarray(start, end)), text };
  return text;
}

function isSame(known: Buffer, bytes: Buffer, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
