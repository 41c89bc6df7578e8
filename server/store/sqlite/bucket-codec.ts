/**
 * One rollup row: everything counted for one series in one bucket, all measures packed into one blob. Numbers are varints
 * where they are whole and small enough, doubles where not; nothing is rounded.
 */
import type { Aggregate } from "@/server/domain/window/aggregate";
import { emptyAggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { VarintCursor } from "@/server/domain/window/varint";
import { MAX_VARINT_BYTES, readVarint, writeVarint } from "@/server/domain/window/varint";
import type { Exceedance } from "@/server/store/telemetry-reader";

/** One measure in one bucket. */
export interface Cell {
  aggregate: Aggregate;
  /** Evidence only: distinct subjects with a bad request, at most 255. */
  badSubjects: number;
  /** Evidence only: one entry per limit. */
  exceedances: Exceedance[];
}

/** One bucket of one series. */
export interface Bucket {
  /** Times of the first and last request, ms after the bucket's start. */
  firstOffsetMs: number;
  lastOffsetMs: number;
  /** By the measure's number in the dictionary. */
  cells: Map<number, Cell>;
}

export const MOST_BAD_SUBJECTS = 255;

/** Flags below a cell's measure. */
const HAS_VALUES = 1;
const HAS_EVIDENCE = 2;
const FLAG_SPACE = 4;
/** In place of a varint: the eight bytes of a double follow. Whole numbers are written doubled, so 1 is free. */
const DOUBLE_FOLLOWS = 1;

let scratch: VarintCursor & { bytes: Buffer } = { bytes: Buffer.allocUnsafe(65_536), offset: 0 };

/** The row's bytes. */
export function encodeBucket(bucket: Bucket): Buffer {
  scratch.offset = 0;
  room(2 * MAX_VARINT_BYTES);
  writeVarint(scratch, bucket.firstOffsetMs);
  writeVarint(scratch, bucket.lastOffsetMs);
  for (const [measure, cell] of bucket.cells) writeCell(measure, cell);
  return Buffer.from(scratch.bytes.subarray(0, scratch.offset));
}

/** Reads a row. @throws RangeError for bytes that `encodeBucket` did not write. */
export function decodeBucket(bytes: Uint8Array): Bucket {
  const cursor = { bytes, offset: 0 };
  const bucket: Bucket = { firstOffsetMs: readVarint(cursor), lastOffsetMs: readVarint(cursor), cells: new Map() };
  while (cursor.offset < bytes.length) {
    const { measure, flags, end } = readHead(cursor);
    bucket.cells.set(measure, readCell(cursor, flags, end));
  }
  return bucket;
}

/** First and last request of a row, without its cells. */
export function decodeSpan(bytes: Uint8Array): { firstOffsetMs: number; lastOffsetMs: number } {
  const cursor = { bytes, offset: 0 };
  return { firstOffsetMs: readVarint(cursor), lastOffsetMs: readVarint(cursor) };
}

/** One cell of a row, without reading the others; undefined when the measure is not in it. */
export function decodeCell(bytes: Uint8Array, wanted: number): Cell | undefined {
  const cursor = { bytes, offset: 0 };
  readVarint(cursor);
  readVarint(cursor);
  while (cursor.offset < bytes.length) {
    const { measure, flags, end } = readHead(cursor);
    if (measure === wanted) return readCell(cursor, flags, end);
    cursor.offset = end;
  }
  return undefined;
}

/** The measures of a row. */
export function measuresOfBucket(bytes: Uint8Array): number[] {
  const cursor = { bytes, offset: 0 };
  const measures: number[] = [];
  readVarint(cursor);
  readVarint(cursor);
  while (cursor.offset < bytes.length) {
    const { measure, end } = readHead(cursor);
    measures.push(measure);
    cursor.offset = end;
  }
  return measures;
}

/**
 * Adds the values of a row's cell for `wanted` to `aggregate`, without building the cell: what every window is read with.
 *
 * @returns whether the row had such a cell.
 */
export function addCellTo(aggregate: Aggregate, bytes: Uint8Array, wanted: number): boolean {
  const cursor = { bytes, offset: 0 };
  readVarint(cursor);
  readVarint(cursor);
  while (cursor.offset < bytes.length) {
    const { measure, flags, end } = readHead(cursor);
    if (measure === wanted) {
      aggregate.count += readVarint(cursor);
      aggregate.events += readVarint(cursor);
      if ((flags & HAS_EVIDENCE) !== 0) readEvidence(cursor);
      if ((flags & HAS_VALUES) !== 0) addValuesTo(aggregate, cursor, end);
      return true;
    }
    cursor.offset = end;
  }
  return false;
}

function addValuesTo(aggregate: Aggregate, cursor: VarintCursor, end: number): void {
  aggregate.sum += readNumber(cursor);
  aggregate.sumSq += readNumber(cursor);
  aggregate.min = Math.min(aggregate.min, readNumber(cursor));
  aggregate.max = Math.max(aggregate.max, readNumber(cursor));
  aggregate.histogram ??= new Histogram();
  aggregate.histogram.mergeBytes(cursor.bytes.subarray(cursor.offset, end));
}

/** Adds `part` to `total` in place. */
export function addAggregate(total: Aggregate, part: Readonly<Aggregate>): void {
  total.count += part.count;
  total.sum += part.sum;
  total.sumSq += part.sumSq;
  total.events += part.events;
  if (part.min < total.min) total.min = part.min;
  if (part.max > total.max) total.max = part.max;
  if (part.histogram === undefined) return;
  if (total.histogram === undefined) total.histogram = new Histogram();
  total.histogram.merge(part.histogram);
}

function writeCell(measure: number, cell: Cell): void {
  const { aggregate } = cell;
  const histogram = aggregate.histogram?.toBytes();
  const evidence = cell.badSubjects > 0 || cell.exceedances.length > 0;
  room(128 + cell.exceedances.length * 20 + (histogram?.length ?? 0));
  writeVarint(
    scratch,
    measure * FLAG_SPACE + (histogram === undefined ? 0 : HAS_VALUES) + (evidence ? HAS_EVIDENCE : 0),
  );
  // The length goes before the content: two bytes are kept free, enough for 16 KB.
  const start = scratch.offset;
  scratch.offset += 2;
  writeVarint(scratch, aggregate.count);
  writeVarint(scratch, aggregate.events);
  if (evidence) writeEvidence(cell);
  if (histogram !== undefined) {
    writeNumber(aggregate.sum);
    writeNumber(aggregate.sumSq);
    writeNumber(aggregate.min);
    writeNumber(aggregate.max);
    scratch.bytes.set(histogram, scratch.offset);
    scratch.offset += histogram.length;
  }
  const length = scratch.offset - start - 2;
  scratch.bytes.writeUInt16LE(length, start);
}

function writeEvidence(cell: Cell): void {
  writeVarint(scratch, cell.badSubjects);
  writeVarint(scratch, cell.exceedances.length);
  for (const { limit, side, count } of cell.exceedances) {
    writeNumber(limit);
    writeVarint(scratch, count * 2 + (side === "below" ? 1 : 0));
  }
}

function readHead(cursor: VarintCursor): { measure: number; flags: number; end: number } {
  const head = readVarint(cursor);
  const low = cursor.bytes[cursor.offset];
  const high = cursor.bytes[cursor.offset + 1];
  if (low === undefined || high === undefined) throw new RangeError("a rollup row is cut off");
  cursor.offset += 2;
  const end = cursor.offset + low + high * 256;
  if (end > cursor.bytes.length) throw new RangeError("a rollup row is cut off");
  return { measure: Math.floor(head / FLAG_SPACE), flags: head % FLAG_SPACE, end };
}

function readCell(cursor: VarintCursor, flags: number, end: number): Cell {
  const aggregate = emptyAggregate();
  aggregate.count = readVarint(cursor);
  aggregate.events = readVarint(cursor);
  const evidence = (flags & HAS_EVIDENCE) === 0 ? { badSubjects: 0, exceedances: [] } : readEvidence(cursor);
  if ((flags & HAS_VALUES) !== 0) addValuesTo(aggregate, cursor, end);
  cursor.offset = end;
  return { aggregate, ...evidence };
}

function readEvidence(cursor: VarintCursor): Pick<Cell, "badSubjects" | "exceedances"> {
  const badSubjects = readVarint(cursor);
  const exceedances: Exceedance[] = [];
  for (let left = readVarint(cursor); left > 0; left--) {
    const limit = readNumber(cursor);
    const counted = readVarint(cursor);
    exceedances.push({ limit, side: counted % 2 === 1 ? "below" : "above", count: Math.floor(counted / 2) });
  }
  return { badSubjects, exceedances };
}

function writeNumber(value: number): void {
  if (value >= 0 && value < 2 ** 52 && Number.isInteger(value) && !Object.is(value, -0)) {
    writeVarint(scratch, value * 2);
    return;
  }
  writeVarint(scratch, DOUBLE_FOLLOWS);
  scratch.bytes.writeDoubleLE(value, scratch.offset);
  scratch.offset += 8;
}

function readNumber(cursor: VarintCursor): number {
  const doubled = readVarint(cursor);
  if (doubled !== DOUBLE_FOLLOWS) return doubled / 2;
  const { bytes, offset } = cursor;
  if (offset + 8 > bytes.length) throw new RangeError("a rollup row is cut off");
  cursor.offset += 8;
  return new DataView(bytes.buffer, bytes.byteOffset + offset, 8).getFloat64(0, true);
}

function room(needed: number): void {
  const { bytes, offset } = scratch;
  if (offset + needed <= bytes.length) return;
  const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, offset + needed));
  bytes.copy(larger, 0, 0, offset);
  scratch = { bytes: larger, offset };
}
