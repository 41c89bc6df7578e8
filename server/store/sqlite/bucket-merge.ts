/**
 * Writes rollup rows: merges a commit's delta into a stored row, bytes to bytes in one pass, because under load this runs
 * for every series and tier in every commit. The result is what adding the same values to `Histogram`s would give.
 */
import type { VarintCursor } from "@/server/domain/window/varint";
import { MAX_VARINT_BYTES, readVarint } from "@/server/domain/window/varint";
import type { CellHead, CellEvidence } from "./bucket-codec";
import {
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
import { ByteSink } from "./byte-sink";
import { mergeHistogram } from "./histogram-merge";

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

/** A stored cell: where it stands, its counts, and the cursor at its values. */
interface StoredCell {
  source: VarintCursor;
  head: CellHead;
  count: number;
  events: number;
  evidence: CellEvidence;
}

const NOTHING = Buffer.alloc(0);
const out = new ByteSink();

/** The row with the delta merged in. */
export function mergeBucket({ stored, delta, startMs, evidence }: Input): Buffer {
  const source = { bytes: stored ?? NOTHING, offset: 0 };
  // A row that could not be read may have left something behind.
  out.offset = 0;
  out.room(2 * MAX_VARINT_BYTES);
  writeOffsets(source, delta, startMs);
  const left = [...delta.cells].toSorted(([a], [b]) => b - a);
  const writeBelow = (end: number): void => {
    for (let next = left.at(-1); next !== undefined && next[0] < end; next = left.at(-1)) {
      writeCell({ measure: next[0], cell: next[1], stored: undefined, evidence });
      left.pop();
    }
  };
  while (source.offset < source.bytes.length) {
    const head = readHead(source);
    writeBelow(head.measure);
    const cell = left.at(-1)?.[0] === head.measure ? left.pop()?.[1] : undefined;
    if (cell === undefined) copyCell(source.bytes, head);
    else writeCell({ measure: head.measure, cell, stored: readStored(source, head), evidence });
    source.offset = head.end;
  }
  writeBelow(Infinity);
  return out.take();
}

function writeOffsets(source: VarintCursor, delta: Delta, startMs: number): void {
  const first = Math.max(0, delta.firstMs - startMs);
  const last = Math.max(0, delta.lastMs - startMs);
  const stored = source.bytes.length === 0 ? { firstOffsetMs: first, lastOffsetMs: last } : readOffsets(source);
  out.varint(Math.min(first, stored.firstOffsetMs));
  out.varint(Math.max(last, stored.lastOffsetMs));
}

function copyCell(bytes: Uint8Array, { start, end }: CellHead): void {
  out.room(end - start);
  out.copy(bytes, start, end);
}

function readStored(source: VarintCursor, head: CellHead): StoredCell {
  const counts = { count: readVarint(source), events: readVarint(source) };
  return { source, head, ...counts, evidence: readEvidence(source, head) };
}

interface CellInput {
  measure: number;
  cell: DeltaCell;
  stored: StoredCell | undefined;
  evidence: EvidenceContext | undefined;
}

function writeCell({ measure, cell, stored, evidence }: CellInput): void {
  const kept = evidence === undefined ? NO_EVIDENCE : mergeEvidence({ measure, cell, stored, evidence });
  const hasEvidence = kept.badSubjects > 0 || kept.exceedances.length > 0;
  const storedBytes = stored === undefined ? 0 : stored.head.end - stored.head.start;
  const newBytes = kept.exceedances.length * EXCEEDANCE_ROOM + cell.bins.length * 2 * MAX_VARINT_BYTES;
  out.room(CELL_ROOM + storedBytes + newBytes);
  out.varint(measure * FLAG_SPACE + (cell.hasValues ? HAS_VALUES : 0) + (hasEvidence ? HAS_EVIDENCE : 0));
  const lengthAt = out.offset;
  out.offset += LENGTH_BYTES;
  out.varint((stored?.count ?? 0) + cell.count);
  out.varint((stored?.events ?? 0) + cell.events);
  if (hasEvidence) writeEvidence(kept);
  if (cell.hasValues) writeValues(cell, stored);
  out.bytes.writeUInt16LE(out.offset - lengthAt - LENGTH_BYTES, lengthAt);
}

const NO_EVIDENCE: CellEvidence = { badSubjects: 0, exceedances: [] };

function mergeEvidence({ measure, cell, stored, evidence: { seen } }: CellInput & { evidence: EvidenceContext }) {
  const held: CellEvidence = stored?.evidence ?? { badSubjects: 0, exceedances: [] };
  for (const exceedance of cell.exceedances) addExceedance(held.exceedances, exceedance);
  if (cell.subjects === undefined) return held;
  let subjects = seen.get(measure);
  if (subjects === undefined) seen.set(measure, (subjects = new Set()));
  for (const subject of cell.subjects) if (subjects.size < MOST_BAD_SUBJECTS) subjects.add(subject);
  // After a restart within the bucket `seen` starts anew: the count may then be too low, never too high.
  return { ...held, badSubjects: Math.max(held.badSubjects, subjects.size) };
}

function writeEvidence({ badSubjects, exceedances }: CellEvidence): void {
  out.varint(badSubjects);
  out.varint(exceedances.length);
  for (const { limit, side, count } of exceedances) {
    out.number(limit);
    out.varint(count * 2 + (side === "below" ? 1 : 0));
  }
}

function writeValues(cell: DeltaCell, stored: StoredCell | undefined): void {
  if (stored === undefined) {
    for (const value of [cell.sum, cell.sumSq, cell.min, cell.max]) out.number(value);
    mergeHistogram(out, cell.bins, undefined, 0);
    return;
  }
  const { source, head } = stored;
  out.number(readNumber(source) + cell.sum);
  out.number(readNumber(source) + cell.sumSq);
  out.number(Math.min(readNumber(source), cell.min));
  out.number(Math.max(readNumber(source), cell.max));
  mergeHistogram(out, cell.bins, source, head.end);
}
