/**
 * A single pass over protobuf bytes. Every length is checked against its message before it is used; unknown fields and
 * fields of an unexpected wire type are passed over; groups, long gone from protobuf, are refused.
 */
import { cachedText } from "./string-cache";
import { type Instant, OtlpDecodeError } from "./span";

const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** Called for each field of a message; must consume the field with the reader's methods, or call `skip`. */
export type ReadField<T> = (reader: ProtobufReader, field: number, target: T) => void;

/** Reads one body. */
export class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  /** Wire type of the field that is being read. */
  wire = VARINT;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Reads fields into `target` until the present message ends. */
  fields<T>(read: ReadField<T>, target: T): T {
    const end = this.#end;
    while (this.#at < end) {
      const tag = this.#varint32("strict");
      const field = tag >>> 3;
      this.wire = tag & 7;
      if (field === 0) throw new OtlpDecodeError(`field number 0 at byte ${this.#at}`);
      read(this, field, target);
    }
    // `#at` cannot be beyond: each method below checks its own length.
    return target;
  }

  /** Reads an embedded message into `target`. */
  message<T>(read: ReadField<T>, target: T): T {
    if (this.wire !== BYTES) {
      this.skip();
      return target;
    }
    const outer = this.#end;
    this.#end = this.#endOfBytes();
    this.fields(read, target);
    this.#end = outer;
    return target;
  }

  /** Adds a repeated message to its list. */
  add<T>(list: T[], read: ReadField<T>, empty: () => T): void {
    if (this.wire === BYTES) list.push(this.message(read, empty()));
    else this.skip();
  }

  /** Text of the field; undefined when it has another wire type. */
  text(): string | undefined {
    if (this.wire !== BYTES) return this.#skipped();
    const end = this.#endOfBytes();
    const text = cachedText(this.#bytes, this.#at, end);
    this.#at = end;
    return text;
  }

  /** The field's bytes, sharing memory with the body. */
  bytes(): Buffer | undefined {
    if (this.wire !== BYTES) return this.#skipped();
    const end = this.#endOfBytes();
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  boolean(): boolean | undefined {
    const number = this.uint32();
    return number === undefined ? undefined : number !== 0;
  }

  /** A small number: an enum, a count. */
  uint32(): number | undefined {
    return this.wire === VARINT ? this.#varint32("low bits") : this.#skipped();
  }

  /** A signed 64-bit integer; text where a number could not hold it exactly. */
  int64(): number | string | undefined {
    if (this.wire !== VARINT) return this.#skipped();
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const part = byte & 0x7f;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= (part & 0x0f) << 28;
        high |= part >>> 4;
      } else if (shift < 63) high |= part << (shift - 32);
      else high |= (part & 1) << 31;
      if (byte < 0x80) return combine(low >>> 0, high);
    }
    throw new OtlpDecodeError(`a varint of more than 10 bytes ends at byte ${this.#at}`);
  }

  double(): number | undefined {
    if (this.wire !== FIXED64) return this.#skipped();
    const at = this.#take(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** Nanoseconds since the epoch. */
  instant(): Instant | undefined {
    if (this.wire !== FIXED64) return this.#skipped();
    const at = this.#take(8);
    return instantOf(this.#bytes.readUInt32LE(at + 4), this.#bytes.readUInt32LE(at));
  }

  /** Passes over the field. */
  skip(): void {
    switch (this.wire) {
      case VARINT:
        this.#skipVarint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case BYTES:
        this.#at = this.#endOfBytes();
        return;
      case FIXED32:
        this.#take(4);
        return;
      default:
        throw new OtlpDecodeError(`wire type ${this.wire} at byte ${this.#at} is not supported`);
    }
  }

  #skipped(): undefined {
    this.skip();
    return undefined;
  }

  #skipVarint(): void {
    for (let i = 0; i < 10; i++) if (this.#byte() < 0x80) return;
    throw new OtlpDecodeError(`a varint of more than 10 bytes ends at byte ${this.#at}`);
  }

  /** Reads the length of a bytes field and returns where it ends. */
  #endOfBytes(): number {
    const length = this.#varint32("strict");
    if (length > this.#end - this.#at) {
      throw new OtlpDecodeError(`a field of ${length} bytes at byte ${this.#at} exceeds its message`);
    }
    return this.#at + length;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#end - at)
      throw new OtlpDecodeError(`a field of ${length} bytes at byte ${at} exceeds its message`);
    this.#at = at + length;
    return at;
  }

  #byte(): number {
    if (this.#at >= this.#end)
      throw new OtlpDecodeError(`the message ends in the middle of a field at byte ${this.#at}`);
    return this.#bytes[this.#at++] ?? 0;
  }

  /** An unsigned varint of 32 bits. Tags and lengths have no more; of negative enums the low bits are read. */
  #varint32(width: "strict" | "low bits"): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 35) value |= (byte & 0x7f) << shift;
      const isWider = shift > 28 ? (byte & 0x7f) !== 0 : shift === 28 && (byte & 0x70) !== 0;
      if (isWider && width === "strict")
        throw new OtlpDecodeError(`a tag or length at byte ${this.#at} is beyond 32 bits`);
      if (byte < 0x80) return value >>> 0;
    }
    throw new OtlpDecodeError(`a varint of more than 10 bytes ends at byte ${this.#at}`);
  }
}

function combine(low: number, high: number): number | string {
  const value = (high | 0) * 2 ** 32 + low;
  if (Number.isSafeInteger(value)) return value;
  return String((BigInt(high | 0) << 32n) | BigInt(low));
}

/**
 * Milliseconds and nanoseconds of a 64-bit count of nanoseconds, exactly: 2^32 = 4294·10^6 + 967296, and no product here
 * reaches 2^53.
 */
export function instantOf(high: number, low: number): Instant {
  const rest = high * 967_296 + low;
  return { ms: high * 4_294 + Math.floor(rest / 1e6), ns: rest % 1e6 };
}
