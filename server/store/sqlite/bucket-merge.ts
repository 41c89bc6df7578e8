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
  HAS_LIST,
  HAS_SUMS,
  LONGEST_LIST,
  readEvidence,
  readHead,
  readNumber,
  readOffsets,
} from "./bucket-codec";
import type { Delta, DeltaCell } from "./bucket-delta";
import { addExceedance } from "./bucket-delta";
import { ByteSink } from "./byte-sink";
import { mergeHistogram } from "./histogram-merge";
import { binFor } from "./measures";

/** Distinct subjects that are counted at most. */
export const MOST_BAD_SUBJECTS = 255;

/** A cell's bytes without its histogram and exceedances, at most. */
const CELL_ROOM = 128;
const EXCEEDANCE_ROOM = 24;

/** What only evidence rows keep. */
interface EvidenceContext {
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
  const evidenceFlag = kept.badSubjects > 0 || kept.exceedances.length > 0 ? HAS_EVIDENCE : 0;
  const count = (stored?.count ?? 0) + cell.count;
  const form = formOf(cell, count);
  out.room(roomFor(cell, stored, kept));
  out.varint(measure * FLAG_SPACE + form + evidenceFlag);
  const from = out.offset;
  out.varint(count);
  out.varint((stored?.events ?? 0) + cell.events);
  if (evidenceFlag !== 0) writeEvidence(kept);
  if (form === HAS_LIST) writeList(cell, stored);
  else if (form === HAS_SUMS) writeSums(cell, stored);
  out.putLength(from);
}

/** An event has counts only; few values are kept one by one. */
function formOf(cell: DeltaCell, count: number): number {
  if (!cell.hasValues) return 0;
  return count <= LONGEST_LIST ? HAS_LIST : HAS_SUMS;
}

function roomFor(cell: DeltaCell, stored: StoredCell | undefined, evidence: CellEvidence): number {
  const storedBytes = stored === undefined ? 0 : stored.head.end - stored.head.start;
  const newBytes = evidence.exceedances.length * EXCEEDANCE_ROOM + cell.bins.length * 2 * MAX_VARINT_BYTES;
  return CELL_ROOM + storedBytes + newBytes;
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

/** Few values, one by one. What is stored of few values is a list too. */
function writeList(cell: DeltaCell, stored: StoredCell | undefined): void {
  if (stored !== undefined) out.copy(stored.source.bytes, stored.source.offset, stored.head.end);
  for (const value of cell.values) out.number(value);
}

function writeSums(cell: DeltaCell, stored: StoredCell | undefined): void {
  if (stored === undefined || (stored.head.flags & HAS_LIST) !== 0) {
    const all = stored === undefined ? cell : withListed(cell, stored);
    for (const value of [all.sum, all.sumSq, all.min, all.max]) out.number(value);
    mergeHistogram(out, all.bins, undefined, 0);
    return;
  }
  const { source, head } = stored;
  out.number(readNumber(source) + cell.sum);
  out.number(readNumber(source) + cell.sumSq);
  out.number(Math.min(readNumber(source), cell.min));
  out.number(Math.max(readNumber(source), cell.max));
  mergeHistogram(out, cell.bins, source, head.end);
}

/** The cell with the stored values of a list that has become too long. */
function withListed(cell: DeltaCell, { source, head }: StoredCell): DeltaCell {
  const all = { ...cell, bins: [...cell.bins] };
  while (source.offset < head.end) {
    const value = readNumber(source);
    all.sum += value;
    all.sumSq += value * value;
    all.min = Math.min(all.min, value);
    all.max = Math.max(all.max, value);
    all.bins.push(binFor(value));
  }
  return all;
}
