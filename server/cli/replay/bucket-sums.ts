/**
 * One measure of one series per 10 seconds, and the sum over any range of them. A range is put together from sums over
 * 2, 4, 8 … buckets that are kept for the next, nearly equal range: a sliding window costs its logarithm, and nothing is
 * ever subtracted, so that a sum is the same however it was asked for. Adds come first, reads after.
 */
import { addValue, emptyAggregate, mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { CountedLimit } from "@/server/domain/policy/counted-limits";
import type { Exceedance } from "@/server/store/telemetry-reader";

/** Values in scaled units, in order of arrival; or how many requests there were and how many had the event. */
interface Bucket {
  values: number[];
  count: number;
  events: number;
}

/** Sums kept per level; a sliding window needs two, and every further length or offset of window two more. */
const KEPT_PER_LEVEL = 64;

export class BucketSums {
  readonly #buckets = new Map<number, Bucket>();
  /** By level, then by the number of the sum's first bucket shifted down; null where there is no data. */
  readonly #kept: Map<number, Aggregate | null>[] = [];
  #newest: Bucket = { values: [], count: 0, events: 0 };
  #newestNumber = Number.NaN;

  /** Adds a value in scaled units to a bucket. */
  addValue(bucket: number, value: number): void {
    this.#at(bucket).values.push(value);
  }

  /** Adds a request for which it is known whether the event happened. */
  addEvent(bucket: number, happened: boolean): void {
    const sums = this.#at(bucket);
    sums.count += 1;
    if (happened) sums.events += 1;
  }

  /** One bucket's sum; undefined without data. */
  bucket(number: number): Aggregate | undefined {
    return this.#sum(0, number) ?? undefined;
  }

  /** How many of a bucket's values are beyond each limit, as the intake counts them. */
  exceedances(number: number, limits: readonly CountedLimit[]): Exceedance[] {
    const values = this.#buckets.get(number)?.values ?? [];
    return limits.map(({ limit, side }) => ({
      limit,
      side,
      count: values.filter((value) => (side === "above" ? value > limit : value < limit)).length,
    }));
  }

  /** The sum over buckets `[from, to)`. */
  range(from: number, to: number): Aggregate {
    const parts: Aggregate[] = [];
    let next = from;
    while (next < to) {
      let level = 0;
      while (next % 2 ** (level + 1) === 0 && next + 2 ** (level + 1) <= to) level += 1;
      const part = this.#sum(level, next / 2 ** level);
      if (part !== null) parts.push(part);
      next += 2 ** level;
    }
    return mergeAggregates(parts);
  }

  #at(number: number): Bucket {
    // Requests come in order of time, mostly: the bucket is nearly always the one before.
    if (number === this.#newestNumber) return this.#newest;
    let bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, (bucket = { values: [], count: 0, events: 0 }));
    this.#newestNumber = number;
    this.#newest = bucket;
    return bucket;
  }

  /** The sum over the 2^level buckets from `place`·2^level on, null without data. */
  #sum(level: number, place: number): Aggregate | null {
    const kept = (this.#kept[level] ??= new Map());
    const known = kept.get(place);
    if (known !== undefined) return known;
    const sum = level === 0 ? sumOf(this.#buckets.get(place)) : this.#halves(level - 1, 2 * place);
    if (kept.size >= KEPT_PER_LEVEL) {
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    kept.set(place, sum);
    return sum;
  }

  #halves(level: number, first: number): Aggregate | null {
    const left = this.#sum(level, first);
    const right = this.#sum(level, first + 1);
    if (left === null || right === null) return left ?? right;
    return mergeAggregates([left, right]);
  }
}

function sumOf(bucket: Bucket | undefined): Aggregate | null {
  if (bucket === undefined) return null;
  const { values, count, events } = bucket;
  if (values.length === 0) return { ...emptyAggregate(), count, events };
  const sum = emptyAggregate(new Histogram());
  for (const value of values) addValue(sum, value);
  return sum;
}
