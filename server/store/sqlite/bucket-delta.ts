/** What one commit adds to one bucket of one series, before it is merged into the stored row. */
import { addEvent, addValue, emptyAggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { Exceedance } from "@/server/store/telemetry-reader";
import type { Bucket, Cell } from "./bucket-codec";
import { addAggregate, MOST_BAD_SUBJECTS } from "./bucket-codec";
import type { Fact } from "./measures";

/** A limit that a live policy holds for a measure, in scaled units; a value beyond it is bad. */
export interface Limit {
  limit: number;
  side: "above" | "below";
}

/** The limits of each measure, by the measure's number. */
export type Limits = ReadonlyMap<number, readonly Limit[]>;

/** A cell that still knows which subjects its bad requests had. */
export interface DeltaCell extends Cell {
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
  let cell = delta.cells.get(fact.measure);
  if (cell === undefined) {
    const aggregate = fact.value === undefined ? emptyAggregate() : emptyAggregate(new Histogram());
    cell = { aggregate, badSubjects: 0, exceedances: [], subjects: undefined };
    delta.cells.set(fact.measure, cell);
  }
  let bad = fact.bad;
  if (fact.value === undefined) {
    addEvent(cell.aggregate, fact.happened);
  } else {
    addValue(cell.aggregate, fact.value);
    for (const limit of limits) bad = countExceedance(cell.exceedances, limit, fact.value) || bad;
  }
  if (bad && subject !== 0) (cell.subjects ??= new Set()).add(subject);
}

/** Adds `part` to `total`; both keep their subjects. */
export function addDelta(total: Delta, part: Delta): void {
  total.firstMs = Math.min(total.firstMs, part.firstMs);
  total.lastMs = Math.max(total.lastMs, part.lastMs);
  for (const [measure, cell] of part.cells) {
    let sum = total.cells.get(measure);
    if (sum === undefined) {
      sum = { aggregate: emptyAggregate(), badSubjects: 0, exceedances: [], subjects: undefined };
      total.cells.set(measure, sum);
    }
    addAggregate(sum.aggregate, cell.aggregate);
    addExceedances(sum.exceedances, cell.exceedances);
    for (const subject of cell.subjects ?? []) (sum.subjects ??= new Set()).add(subject);
  }
}

/** Adds a delta to a stored bucket that starts at `startMs`, for display: without what only evidence needs. */
export function addDeltaToRollup(bucket: Bucket, delta: Delta, startMs: number): void {
  bucket.firstOffsetMs = Math.min(bucket.firstOffsetMs, Math.max(0, delta.firstMs - startMs));
  bucket.lastOffsetMs = Math.max(bucket.lastOffsetMs, delta.lastMs - startMs);
  for (const [measure, cell] of delta.cells) addAggregate(storedCell(bucket, measure).aggregate, cell.aggregate);
}

/**
 * Adds a delta to a stored evidence bucket.
 *
 * @param seen subjects already counted in this bucket, by measure; the delta's are added.
 */
export function addDeltaToEvidence(bucket: Bucket, delta: Delta, seen: Map<number, Set<number>>): void {
  for (const [measure, cell] of delta.cells) {
    const stored = storedCell(bucket, measure);
    addAggregate(stored.aggregate, cell.aggregate);
    addExceedances(stored.exceedances, cell.exceedances);
    if (cell.subjects === undefined) continue;
    let subjects = seen.get(measure);
    if (subjects === undefined) seen.set(measure, (subjects = new Set()));
    for (const subject of cell.subjects) if (subjects.size < MOST_BAD_SUBJECTS) subjects.add(subject);
    // After a restart within the bucket `seen` starts anew: the count may then be too low, never too high.
    stored.badSubjects = Math.max(stored.badSubjects, subjects.size);
  }
}

function storedCell(bucket: Bucket, measure: number): Cell {
  let cell = bucket.cells.get(measure);
  if (cell === undefined) {
    cell = { aggregate: emptyAggregate(), badSubjects: 0, exceedances: [] };
    bucket.cells.set(measure, cell);
  }
  return cell;
}

function countExceedance(exceedances: Exceedance[], { limit, side }: Limit, value: number): boolean {
  const beyond = side === "above" ? value > limit : value < limit;
  addExceedance(exceedances, { limit, side, count: beyond ? 1 : 0 });
  return beyond;
}

function addExceedances(total: Exceedance[], part: readonly Exceedance[]): void {
  for (const exceedance of part) addExceedance(total, exceedance);
}

function addExceedance(total: Exceedance[], { limit, side, count }: Exceedance): void {
  const same = total.find((entry) => entry.limit === limit && entry.side === side);
  if (same === undefined) total.push({ limit, side, count });
  else same.count += count;
}
