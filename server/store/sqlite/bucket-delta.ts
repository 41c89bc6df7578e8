/**
 * What one commit adds to one bucket of one series, before `bucket-merge.ts` merges it into the stored row. Values are
 * kept as the bins they fall into, not as a histogram: most series get few values per commit.
 */
import type { Exceedance } from "@/server/store/telemetry-reader";
import { LONGEST_LIST } from "./bucket-codec";
import type { Fact } from "./measures";

/** A limit that a live policy holds for a measure, in scaled units; a value beyond it is bad. */
export interface Limit {
  limit: number;
  side: "above" | "below";
}

/** The limits of each measure, by the measure's number. */
export type Limits = ReadonlyMap<number, readonly Limit[]>;

/** What is added to one measure. */
export interface DeltaCell {
  /** An event has counts only. */
  hasValues: boolean;
  count: number;
  events: number;
  sum: number;
  sumSq: number;
  min: number;
  max: number;
  /** One histogram bin per value, `ZERO_BIN` for those below 1; in no order. */
  bins: number[];
  /** The values themselves while there are at most `LONGEST_LIST`; of no use beyond. */
  values: number[];
  exceedances: Exceedance[];
  /** Subjects of bad requests. */
  subjects: Set<number> | undefined;
}

/** Adds to one bucket. */
export interface Delta {
  firstMs: number;
  lastMs: number;
  cells: Map<number, DeltaCell>;
}

export function emptyDelta(): Delta {
  return { firstMs: Infinity, lastMs: -Infinity, cells: new Map() };
}

/** One request's fact, or a late score's. `subject` is 0 where the request has none. */
export function addFact(delta: Delta, fact: Fact, subject: number, limits: readonly Limit[]): void {
  const cell = cellOf(delta, fact.measure, fact.value !== undefined);
  cell.count += 1;
  let bad = fact.bad;
  if (fact.value === undefined) {
    if (fact.happened) cell.events += 1;
  } else {
    addValue(cell, fact.value, fact.bin);
    for (const limit of limits) bad = countExceedance(cell.exceedances, limit, fact.value) || bad;
  }
  if (bad && subject !== 0) (cell.subjects ??= new Set()).add(subject);
}

/** Adds `part` to `total`. */
export function addDelta(total: Delta, part: Delta): void {
  total.firstMs = Math.min(total.firstMs, part.firstMs);
  total.lastMs = Math.max(total.lastMs, part.lastMs);
  for (const [measure, cell] of part.cells) addCell(cellOf(total, measure, cell.hasValues), cell);
}

function addCell(total: DeltaCell, part: DeltaCell): void {
  total.count += part.count;
  total.events += part.events;
  total.sum += part.sum;
  total.sumSq += part.sumSq;
  total.min = Math.min(total.min, part.min);
  total.max = Math.max(total.max, part.max);
  for (const bin of part.bins) total.bins.push(bin);
  for (const value of part.values) keepValue(total, value);
  for (const exceedance of part.exceedances) addExceedance(total.exceedances, exceedance);
  for (const subject of part.subjects ?? []) (total.subjects ??= new Set()).add(subject);
}

function cellOf(delta: Delta, measure: number, hasValues: boolean): DeltaCell {
  let cell = delta.cells.get(measure);
  if (cell === undefined) {
    cell = {
      hasValues,
      count: 0,
      events: 0,
      sum: 0,
      sumSq: 0,
      min: Infinity,
      max: -Infinity,
      bins: [],
      values: [],
      exceedances: [],
      subjects: undefined,
    };
    delta.cells.set(measure, cell);
  }
  return cell;
}

function addValue(cell: DeltaCell, value: number, bin: number): void {
  cell.sum += value;
  cell.sumSq += value * value;
  if (value < cell.min) cell.min = value;
  if (value > cell.max) cell.max = value;
  cell.bins.push(bin);
  keepValue(cell, value);
}

function keepValue(cell: DeltaCell, value: number): void {
  if (cell.values.length <= LONGEST_LIST) cell.values.push(value);
}

function countExceedance(exceedances: Exceedance[], { limit, side }: Limit, value: number): boolean {
  const beyond = side === "above" ? value > limit : value < limit;
  addExceedance(exceedances, { limit, side, count: beyond ? 1 : 0 });
  return beyond;
}

/** Adds a count to the entry of its limit. */
export function addExceedance(total: Exceedance[], { limit, side, count }: Exceedance): void {
  const same = total.find((entry) => entry.limit === limit && entry.side === side);
  if (same === undefined) total.push({ limit, side, count });
  else same.count += count;
}
