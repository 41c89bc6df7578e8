/**
 * Writes rollup rows: merges a commit's delta into a stored row, bytes to bytes in one pass, because under load this runs
 * for every series and tier in every commit. The result is what adding the same values to `Histogram`s would give.
 */
import type { VarintCursor } from "@/server/domain/window/varint";
import { MAX_VARINT_BYTES, readVarint, writeVarint } from "@/server/domain/window/varint";
import type { CellHead } from "./bucket-codec";
import {
  DOUBLE_FOLLOWS,
  FLAG_SPACE,
  HAS_EVIDENCE,
  HAS_VALUES,
  LENGTH_BYTES,
  readEvidence,
  readHead,
  readNumber,
  readOffsets,
} from "./bucket-codec";
import type { Delta, DeltaCell } from "./bucket-delta";
import { addExceedance } from "./bucket-delta";
import { ZERO_BIN } from "./measures";

/** Distinct subjects that are counted at most. */
export const MOST_BAD_SUBJECTS = 255;

/** A cell's bytes without its histogram and exceedances, at most. */
const CELL_ROOM = 128;
const EXCEEDANCE_ROOM = 24;

/** What only evidence rows keep. */
export interface EvidenceContext {
  /** Subjects already counted in this bucket, by measure; the delta's are added. */
  seen: Map<number, Set<number>>;
}

interface Input {
  /** The stored row, if there is one. */
  stored: Buffer | undefined;
  delta: Delta;
  /** Start of the row's bucket, epoch ms. */
  startMs: number;
  /** Given for evidence rows; others leave out limits and subjects. */
  evidence?: EvidenceContext;
}

let out: VarintCursor & { bytes: Buffer } = { bytes: Buffer.allocUnsafe(65_536), offset: 0 };

/** The row with the delta merged in. */
export function mergeBucket({ stored, delta, startMs, evidence }: Input): Buffer {
  const source = { bytes: stored ?? NOTHING, offset: 0 };
  out.offset = 0;
  room(2 * MAX_VARINT_BYTES);
  writeOffsets(source, delta, startMs);
  const measures = [...delta.cells.keys()].toSorted((a, b) => a - b);
  let next = 0;
  while (source.offset < source.bytes.length) {
    const head = readHead(source);
    for (; (measures[next] ?? Infinity) < head.measure; next++) writeNew(measures[next] ?? 0, delta, evidence);
    const cell = measures[next] === head.measure ? delta.cells.get(head.measure) : undefined;
    if (cell === undefined) copy(source.bytes, head);
    else {
      writeCell({ measure: head.measure, cell, source, head, evidence });
      next += 1;
    }
    source.offset = head.end;
  }
  for (; next < measures.length; next++) writeNew(measures[next] ?? 0, delta, evidence);
  return Buffer.from(out.bytes.subarray(0, out.offset));
}

const NOTHING = Buffer.alloc(0);

function writeOffsets(source: VarintCursor, delta: Delta, startMs: number): void {
  const first = Math.max(0, delta.firstMs - startMs);
  const last = Math.max(0, delta.lastMs - startMs);
  if (source.bytes.length === 0) {
    writeVarint(out, first);
    writeVarint(out, last);
    return;
  }
  const stored = readOffsets(source);
  writeVarint(out, Math.min(first, stored.firstOffsetMs));
  writeVarint(out, Math.max(last, stored.lastOffsetMs));
}

function copy(bytes: Uint8Array, { start, end }: CellHead): void {
  room(end - start);
  out.bytes.set(bytes.subarray(start, end), out.offset);
  out.offset += end - start;
}

function writeNew(measure: number, delta: Delta, evidence: EvidenceContext | undefined): void {
  const cell = delta.cells.get(measure);
  if (cell !== undefined) writeCell({ measure, cell, source: undefined, head: undefined, evidence });
}

interface CellInput {
  measure: number;
  cell: DeltaCell;
  /** Stands at the content of the stored cell. */
  source: VarintCursor | undefined;
  head: CellHead | undefined;
  evidence: EvidenceContext | undefined;
}

function writeCell({ measure, cell, source, head, evidence }: CellInput): void {
  const stored = source === undefined ? NO_COUNTS : { count: readVarint(source), events: readVarint(source) };
  const hadEvidence = head !== undefined && (head.flags & HAS_EVIDENCE) !== 0;
  const held = source !== undefined && hadEvidence ? readEvidence(source) : { badSubjects: 0, exceedances: [] };
  const kept = evidence === undefined ? held : mergeEvidence(held, { measure, cell, evidence });
  const hasEvidence = kept.badSubjects > 0 || kept.exceedances.length > 0;
  const storedBytes = head === undefined ? 0 : head.end - head.start;
  room(CELL_ROOM + kept.exceedances.length * EXCEEDANCE_ROOM + storedBytes + cell.bins.length * 2 * MAX_VARINT_BYTES);
  writeVarint(out, measure * FLAG_SPACE + (cell.hasValues ? HAS_VALUES : 0) + (hasEvidence ? HAS_EVIDENCE : 0));
  const lengthAt = out.offset;
  out.offset += LENGTH_BYTES;
  writeVarint(out, stored.count + cell.count);
  writeVarint(out, stored.events + cell.events);
  if (hasEvidence) writeEvidence(kept);
  if (cell.hasValues) writeValues(cell, source, head?.end ?? 0);
  out.bytes.writeUInt16LE(out.offset - lengthAt - LENGTH_BYTES, lengthAt);
}

const NO_COUNTS = { count: 0, events: 0 };

function mergeEvidence(
  held: ReturnType<typeof readEvidence>,
  { measure, cell, evidence }: { measure: number; cell: DeltaCell; evidence: EvidenceContext },
): ReturnType<typeof readEvidence> {
  for (const exceedance of cell.exceedances) addExceedance(held.exceedances, exceedance);
  if (cell.subjects === undefined) return held;
  let subjects = evidence.seen.get(measure);
  if (subjects === undefined) evidence.seen.set(measure, (subjects = new Set()));
  for (const subject of cell.subjects) if (subjects.size < MOST_BAD_SUBJECTS) subjects.add(subject);
  // After a restart within the bucket `seen` starts anew: the count may then be too low, never too high.
  return { ...held, badSubjects: Math.max(held.badSubjects, subjects.size) };
}

function writeEvidence({ badSubjects, exceedances }: ReturnType<typeof readEvidence>): void {
  writeVarint(out, badSubjects);
  writeVarint(out, exceedances.length);
  for (const { limit, side, count } of exceedances) {
    writeNumber(limit);
    writeVarint(out, count * 2 + (side === "below" ? 1 : 0));
  }
}

function writeValues(cell: DeltaCell, source: VarintCursor | undefined, end: number): void {
  if (source === undefined) {
    writeNumber(cell.sum);
    writeNumber(cell.sumSq);
    writeNumber(cell.min);
    writeNumber(cell.max);
  } else {
    writeNumber(readNumber(source) + cell.sum);
    writeNumber(readNumber(source) + cell.sumSq);
    writeNumber(Math.min(readNumber(source), cell.min));
    writeNumber(Math.max(readNumber(source), cell.max));
  }
  writeHistogram(cell.bins, source, end);
}

/** Merges bins into a serialised histogram, in the layout of `Histogram.toBytes`. */
function writeHistogram(bins: number[], source: VarintCursor | undefined, end: number): void {
  sortBins(bins);
  let at = 0;
  while (bins[at] === ZERO_BIN) at += 1;
  writeVarint(out, at + (source === undefined ? 0 : readVarint(source)));
  let previous = -1;
  let storedBin = -1;
  const write = (bin: number, count: number): void => {
    writeVarint(out, bin - previous);
    writeVarint(out, count);
    previous = bin;
  };
  while (source !== undefined && source.offset < end) {
    storedBin += readVarint(source);
    let count = readVarint(source);
    while ((bins[at] ?? Infinity) < storedBin) {
      const bin = bins[at] ?? 0;
      const from = at;
      while (bins[at] === bin) at += 1;
      write(bin, at - from);
    }
    for (; bins[at] === storedBin; at++) count += 1;
    write(storedBin, count);
  }
  while (at < bins.length) {
    const bin = bins[at] ?? 0;
    const from = at;
    while (bins[at] === bin) at += 1;
    write(bin, at - from);
  }
}

const INSERTION_LIMIT = 24;
/** Scratch of the counting sort; bins end below 2,000. */
const counts = new Uint32Array(2_048);

/** Ascending, in place. Most lists are short, for which insertion is fastest; the others are counted. */
function sortBins(bins: number[]): void {
  if (bins.length > INSERTION_LIMIT) return countingSort(bins);
  for (let i = 1; i < bins.length; i++) {
    const bin = bins[i] ?? 0;
    let j = i - 1;
    for (; j >= 0 && (bins[j] ?? 0) > bin; j--) bins[j + 1] = bins[j] ?? 0;
    bins[j + 1] = bin;
  }
}

function countingSort(bins: number[]): void {
  let least = Infinity;
  let greatest = -Infinity;
  for (const bin of bins) {
    // One up, so that `ZERO_BIN` has a place.
    counts[bin + 1] = (counts[bin + 1] ?? 0) + 1;
    if (bin < least) least = bin;
    if (bin > greatest) greatest = bin;
  }
  let at = 0;
  for (let bin = least; bin <= greatest; bin++) {
    for (let left = counts[bin + 1] ?? 0; left > 0; left--) bins[at++] = bin;
    counts[bin + 1] = 0;
  }
}

function writeNumber(value: number): void {
  if (value >= 0 && value < 2 ** 52 && Number.isInteger(value) && !Object.is(value, -0)) {
    writeVarint(out, value * 2);
    return;
  }
  writeVarint(out, DOUBLE_FOLLOWS);
  out.bytes.writeDoubleLE(value, out.offset);
  out.offset += 8;
}

function room(needed: number): void {
  const { bytes, offset } = out;
  if (offset + needed <= bytes.length) return;
  const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, offset + needed));
  bytes.copy(larger, 0, 0, offset);
  out = { bytes: larger, offset };
}
