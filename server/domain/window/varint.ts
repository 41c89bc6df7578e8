/** Variable-length unsigned integers (LEB128, 7 bits a byte, low bits first) up to 2^53 − 1. */

/** Longest encoding of one integer. */
export const MAX_VARINT_BYTES = 8;

/** Where the next integer is written or read; both move `offset` on. */
export interface VarintCursor {
  readonly bytes: Uint8Array;
  offset: number;
}

/** Writes a non-negative integer; the caller sees to `MAX_VARINT_BYTES` of room. */
export function writeVarint(cursor: VarintCursor, value: number): void {
  let rest = value;
  // Divisions, not shifts: shifts would cut the value to 32 bits.
  while (rest >= 0x80) {
    cursor.bytes[cursor.offset++] = (rest % 0x80) + 0x80;
    rest = Math.floor(rest / 0x80);
  }
  cursor.bytes[cursor.offset++] = rest;
}

/** Reads one integer. @throws RangeError when the bytes end early or the value exceeds 2^53 − 1. */
export function readVarint(cursor: VarintCursor): number {
  const first = cursor.bytes[cursor.offset];
  if (first === undefined || first >= 0x80) return readLongVarint(cursor);
  cursor.offset += 1;
  return first;
}

function readLongVarint(cursor: VarintCursor): number {
  let value = 0;
  let weight = 1;
  for (;;) {
    const byte = cursor.bytes[cursor.offset];
    if (byte === undefined) throw new RangeError(`a varint is cut off at byte ${cursor.offset}`);
    cursor.offset += 1;
    value += (byte & 0x7f) * weight;
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`the varint at byte ${cursor.offset} is beyond 2^53 − 1`);
    if (byte < 0x80) return value;
    weight *= 0x80;
  }
}
