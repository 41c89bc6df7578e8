/**
 * Reads rollup rows: everything counted for one series in one bucket, all measures packed into one blob, ascending by the
 * measure's number. `bucket-merge.ts` writes them. Layout: offsets of the first and last request; then per measure its
 * number with flags, its length, and either its few values one by one or its sums and histogram. Whole numbers are
 * varints, others doubles; nothing is rounded.
 */
import type { Aggregate } from "@/server/domain/window/aggregate";
import { emptyAggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { VarintCursor } from "@/server/domain/window/varint";
import { readVarint } from "@/server/domain/window/varint";
import type { Exceedance } from "@/server/store/telemetry-reader";
import { DOUBLE_FOLLOWS } from "./byte-sink";

/** What only evidence rows hold of a measure. */
export interface CellEvidence {
  /** Distinct subjects with a bad request. */
  badSubjects: number;
  /** One entry per limit. */
  exceedances: Exceedance[];
}

/** One measure in one bucket. */
export interface Cell extends CellEvidence {
  aggregate: Aggregate;
}

/** Flags below a cell's measure: sums of values, values one by one (an event has neither), evidence. */
export const HAS_SUMS = 1;
export const HAS_EVIDENCE = 2;
export const HAS_LIST = 4;
export const FLAG_SPACE = 8;
/** As many values are kept one by one: below this a list is shorter than its sums and histogram. */
export const LONGEST_LIST = 8;

/** Where a cell stands in its row. */
export interface CellHead {
  measure: number;
  flags: number;
  /** First byte of the head, and the byte after the cell. */
  start: number;
  end: number;
}

/** First and last request of a row, ms after the bucket's start. Moves the cursor to the first cell. */
export function readOffsets(cursor: VarintCursor): { firstOffsetMs: number; lastOffsetMs: number } {
  return { firstOffsetMs: readVarint(cursor), lastOffsetMs: readVarint(cursor) };
}

/** Reads where the next cell stands and moves the cursor to its content. @throws RangeError when the row is cut off. */
export function readHead(cursor: VarintCursor): CellHead {
  const start = cursor.offset;
  const head = readVarint(cursor);
  const end = readVarint(cursor) + cursor.offset;
  if (end > cursor.bytes.length) throw new RangeError("a rollup row is cut off");
  return { measure: Math.floor(head / FLAG_SPACE), flags: head % FLAG_SPACE, start, end };
}

/** The cells of a row whose measure is wanted. */
export function cellsOf(
  bytes: Uint8Array,
  isWanted: (measure: number) => boolean = () => true,
): { measure: number; cell: Cell }[] {
  const cells: { measure: number; cell: Cell }[] = [];
  forEachHead(bytes, (head, cursor) => {
    if (isWanted(head.measure)) cells.push({ measure: head.measure, cell: readCell(cursor, head) });
  });
  return cells;
}

/** The measures of a row. */
export function measuresOf(bytes: Uint8Array): number[] {
  const measures: number[] = [];
  forEachHead(bytes, ({ measure }) => measures.push(measure));
  return measures;
}

/**
 * Adds the values of a row's cell for `wanted` to `aggregate`, without building the cell: what every window is read with.
 *
 * @returns whether the row had such a cell.
 */
export function addCellTo(aggregate: Aggregate, bytes: Uint8Array, wanted: number): boolean {
  const cursor = { bytes, offset: 0 };
  readOffsets(cursor);
  while (cursor.offset < bytes.length) {
    const head = readHead(cursor);
    if (head.measure === wanted) {
      addCell({ aggregate, hasHistogram: true }, cursor, head);
      return true;
    }
    cursor.offset = head.end;
  }
  return false;
}

/** A sum of several rows' cells. */
export interface CellSum {
  aggregate: Aggregate;
  /** Whether it is to have a histogram, which costs more than all the rest. */
  hasHistogram: boolean;
}

/** Adds each cell of a row to the sum of its measure, if there is one: several measures in one go. */
export function addCellsTo(sums: ReadonlyMap<number | undefined, CellSum>, bytes: Uint8Array): void {
  forEachHead(bytes, (head, cursor) => {
    const sum = sums.get(head.measure);
    if (sum !== undefined) addCell(sum, cursor, head);
  });
}

function addCell(sum: CellSum, cursor: VarintCursor, head: CellHead): void {
  sum.aggregate.count += readVarint(cursor);
  sum.aggregate.events += readVarint(cursor);
  readEvidence(cursor, head);
  addValuesTo(sum, cursor, head);
}

/** The evidence of a cell, empty where it has none; `cursor` stands behind the counts. */
export function readEvidence(cursor: VarintCursor, { flags }: CellHead): CellEvidence {
  const evidence: CellEvidence = { badSubjects: 0, exceedances: [] };
  if ((flags & HAS_EVIDENCE) === 0) return evidence;
  evidence.badSubjects = readVarint(cursor);
  for (let left = readVarint(cursor); left > 0; left--) {
    const limit = readNumber(cursor);
    const counted = readVarint(cursor);
    const side = counted % 2 === 1 ? "below" : "above";
    evidence.exceedances.push({ limit, side, count: Math.floor(counted / 2) });
  }
  return evidence;
}

/** A number in either form. */
export function readNumber(cursor: VarintCursor): number {
  const doubled = readVarint(cursor);
  if (doubled !== DOUBLE_FOLLOWS) return doubled / 2;
  const { bytes, offset } = cursor;
  if (offset + 8 > bytes.length) throw new RangeError("a rollup row is cut off");
  cursor.offset += 8;
  return new DataView(bytes.buffer, bytes.byteOffset + offset, 8).getFloat64(0, true);
}

/** `visit` may read the cell that the cursor stands at. Not a generator: every row of every tick would pay for its results. */
function forEachHead(bytes: Uint8Array, visit: (head: CellHead, cursor: VarintCursor) => void): void {
  const cursor = { bytes, offset: 0 };
  readOffsets(cursor);
  while (cursor.offset < bytes.length) {
    const head = readHead(cursor);
    visit(head, cursor);
    cursor.offset = head.end;
  }
}

function readCell(cursor: VarintCursor, head: CellHead): Cell {
  const aggregate = emptyAggregate();
  aggregate.count = readVarint(cursor);
  aggregate.events = readVarint(cursor);
  const evidence = readEvidence(cursor, head);
  addValuesTo({ aggregate, hasHistogram: true }, cursor, head);
  return { aggregate, ...evidence };
}

/** Adds what stands behind a cell's counts and evidence. The counts themselves have been added. */
function addValuesTo({ aggregate, hasHistogram }: CellSum, cursor: VarintCursor, { flags, end }: CellHead): void {
  if (hasHistogram && (flags & (HAS_LIST | HAS_SUMS)) !== 0) aggregate.histogram ??= new Histogram();
  if ((flags & HAS_LIST) !== 0) {
    const values: number[] = [];
    while (cursor.offset < end) values.push(readNumber(cursor));
    for (const value of values) addListed(aggregate, value);
    aggregate.histogram?.addAll(values);
  } else if ((flags & HAS_SUMS) !== 0) {
    aggregate.sum += readNumber(cursor);
    aggregate.sumSq += readNumber(cursor);
    aggregate.min = Math.min(aggregate.min, readNumber(cursor));
    aggregate.max = Math.max(aggregate.max, readNumber(cursor));
    aggregate.histogram?.mergeBytes(cursor.bytes.subarray(cursor.offset, end));
  }
}

function addListed(aggregate: Aggregate, value: number): void {
  aggregate.sum += value;
  aggregate.sumSq += value * value;
  if (value < aggregate.min) aggregate.min = value;
  if (value > aggregate.max) aggregate.max = value;
}
