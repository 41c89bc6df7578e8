/** Bytes that grow as they are written: the scratch of the codecs. One instance is used again and again. */
import type { VarintCursor } from "@/server/domain/window/varint";
import { writeVarint } from "@/server/domain/window/varint";

/** In place of a varint: the eight bytes of a double follow. Whole numbers are written doubled, so 1 is free. */
export const DOUBLE_FOLLOWS = 1;

/** Callers make `room` before they write. */
export class ByteSink implements VarintCursor {
  bytes: Buffer = Buffer.allocUnsafe(65_536);
  offset = 0;

  /** Sees to `needed` more bytes. */
  room(needed: number): void {
    if (this.offset + needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.offset + needed));
    this.bytes.copy(larger, 0, 0, this.offset);
    this.bytes = larger;
  }

  varint(value: number): void {
    writeVarint(this, value);
  }

  /** A number in the shorter of two forms; `readNumber` reads it. Nothing is rounded. */
  number(value: number): void {
    if (value >= 0 && value < 2 ** 52 && Number.isInteger(value) && !Object.is(value, -0)) {
      writeVarint(this, value * 2);
      return;
    }
    writeVarint(this, DOUBLE_FOLLOWS);
    this.bytes.writeDoubleLE(value, this.offset);
    this.offset += 8;
  }

  /** UTF-8 text behind its length. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    writeVarint(this, length);
    this.bytes.write(text, this.offset);
    this.offset += length;
  }

  /** Puts the length of what was written since `from` before it; there must be room for it. */
  putLength(from: number): void {
    const length = this.offset - from;
    const width = length < 0x80 ? 1 : length < 0x4000 ? 2 : 3;
    this.bytes.copyWithin(from + width, from, this.offset);
    this.offset = from;
    writeVarint(this, length);
    this.offset = from + width + length;
  }

  copy(bytes: Uint8Array, start: number, end: number): void {
    this.bytes.set(bytes.subarray(start, end), this.offset);
    this.offset += end - start;
  }

  /** What has been written; starts anew. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.offset));
    this.offset = 0;
    return taken;
  }
}
