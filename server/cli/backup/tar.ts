/** As much of the tar format as a backup needs: plain files, one after the other, which every `tar` reads. */

const BLOCK = 512;
const SIZE_AT = 124;
const SUM_AT = 148;
const MAGIC_AT = 257;
/** Larger sizes do not fit into eleven octal digits and are written in base 256, as GNU tar does. */
const MOST_OCTAL = 8 ** 11;

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** The header of a file that only its owner may read. */
export function tarHeader({ name, size, mtimeMs }: TarEntry): Buffer {
  if (Buffer.byteLength(name) > 99) throw new RangeError(`the name ${name} is too long for an archive`);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write("0000600\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  writeSize(header, size);
  header.write(`${octal(Math.floor(mtimeMs / 1000), 11)}\0`, 136);
  header.write("0", 156);
  header.write("ustar\0" + "00", MAGIC_AT);
  header.write(`${octal(checksum(header), 6)}\0 `, SUM_AT);
  return header;
}

/** What follows a file of this size up to the next block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The two empty blocks that end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);
export const TAR_BLOCK = BLOCK;

/**
 * Reads a header; undefined for an empty block.
 *
 * @throws RangeError for what is no header of a plain file.
 */
export function readTarHeader(header: Buffer): TarEntry | undefined {
  if (header.every((byte) => byte === 0)) return undefined;
  const said = Number.parseInt(header.toString("latin1", SUM_AT, SUM_AT + 6), 8);
  if (header.toString("latin1", MAGIC_AT, MAGIC_AT + 5) !== "ustar" || said !== checksum(header)) {
    throw new RangeError("this is no archive, or a damaged one");
  }
  const type = header.toString("latin1", 156, 157);
  const name = header.toString("utf8", 0, header.indexOf(0));
  if (type !== "0" && type !== "\0") throw new RangeError(`${name} is no plain file`);
  const mtimeMs = Number.parseInt(header.toString("latin1", 136, 147), 8) * 1000;
  return { name, size: readSize(header), mtimeMs };
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function writeSize(header: Buffer, size: number): void {
  if (size < MOST_OCTAL) {
    header.write(`${octal(size, 11)}\0`, SIZE_AT);
    return;
  }
  header.writeUInt8(0x80, SIZE_AT);
  header.writeBigUInt64BE(BigInt(size), SIZE_AT + 4);
}

function readSize(header: Buffer): number {
  if ((header.readUInt8(SIZE_AT) & 0x80) === 0)
    return Number.parseInt(header.toString("latin1", SIZE_AT, SIZE_AT + 11), 8);
  return Number(header.readBigUInt64BE(SIZE_AT + 4));
}

/** Of all bytes, with the checksum's own field as spaces. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += at >= SUM_AT && at < SUM_AT + 8 ? 0x20 : header.readUInt8(at);
  return sum;
}
