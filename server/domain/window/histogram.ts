/**
 * A mergeable histogram of 1 % relative accuracy, in logarithmic bins (the DDSketch layout). Values are whole-ish
 * numbers in scaled units (microseconds, micro-dollars; see `scaleOf`): whatever is below 1 counts as zero.
 * It sits in the ingest hot path, so it is mutable, and dense between its lowest and highest bin.
 */
import { MAX_VARINT_BYTES, readVarint, type VarintCursor, writeVarint } from "./varint";

/** Relative accuracy a: a quantile is within ±1 % of the value at that rank. */
const RELATIVE_ACCURACY = 0.01;

const GAMMA = (1 + RELATIVE_ACCURACY) / (1 - RELATIVE_ACCURACY);
const BINS_PER_E = 1 / Math.log(GAMMA);
/** Bin of 2^53; greater values are counted there. */
const LAST_BIN = Math.ceil(Math.log(Number.MAX_SAFE_INTEGER) * BINS_PER_E);
/** Room added on each side when a value falls outside the present bins: about a factor of 1.9. */
const SLACK_BINS = 32;

const NO_COUNTS = new Float64Array(0);

/** Where `toBytes` writes before it copies out the bytes: room for every bin at its longest. */
const SCRATCH = new Uint8Array((LAST_BIN + 2) * 2 * MAX_VARINT_BYTES);

/** Bin k holds (γ^(k−1), γ^k]; only for values ≥ 1. Exported for a writer that merges into serialised histograms. */
export function binOf(value: number): number {
  const bin = Math.ceil(Math.log(value) * BINS_PER_E);
  return bin < LAST_BIN ? bin : LAST_BIN;
}

/** The value of a bin that is within 1 % of all its members: 2γ^k/(γ+1). */
function valueOf(bin: number): number {
  return (2 * GAMMA ** bin) / (GAMMA + 1);
}

/** Counts per logarithmic bin. Merging is exact, associative and order-free. */
export class Histogram {
  #counts: Float64Array = NO_COUNTS;
  /** Bin of `#counts[0]`. */
  #firstBin = 0;
  #zeros = 0;
  #total = 0;

  /** Number of values added. */
  get count(): number {
    return this.#total;
  }

  /** Adds one value in scaled units. @throws RangeError for NaN. */
  add(value: number): void {
    this.addMany(value, 1);
  }

  /** Adds `times` equal values. @throws RangeError for NaN. */
  addMany(value: number, times: number): void {
    if (value >= 1) this.#addToBin(binOf(value), times);
    else if (Number.isNaN(value)) throw new RangeError("NaN cannot be counted in a histogram");
    else this.#zeros += times;
    this.#total += times;
  }

  /** Adds values in scaled units; to an empty histogram it gives exactly the room they need. @throws RangeError for NaN. */
  addAll(values: readonly number[]): void {
    if (this.#counts.length === 0) {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      if (high >= 1) this.#makeRoom(binOf(Math.max(1, low)), binOf(high) + 1);
    }
    for (const value of values) this.addMany(value, 1);
  }

  /** Adds all of `other`'s counts to this histogram. */
  merge(other: Histogram): void {
    if (other.#counts.length > 0) {
      this.#makeRoom(other.#firstBin, other.#firstBin + other.#counts.length);
      const shift = other.#firstBin - this.#firstBin;
      // An index loop, as in every read below: this runs thousands of times for one chart.
      for (let i = 0; i < other.#counts.length; i++) {
        this.#counts[i + shift] = (this.#counts[i + shift] ?? 0) + (other.#counts[i] ?? 0);
      }
    }
    this.#zeros += other.#zeros;
    this.#total += other.#total;
  }

  /**
   * Adds all counts of a serialised histogram, without building it.
   *
   * @throws RangeError for bytes that `toBytes` did not write; this histogram then holds a part of them: discard it.
   */
  mergeBytes(bytes: Uint8Array): void {
    const cursor = { bytes, offset: 0 };
    const zeros = readVarint(cursor);
    this.#zeros += zeros;
    this.#total += zeros;
    // A first one is given exactly the room it needs; those that follow are much like it.
    if (this.#counts.length === 0) this.#coverBins({ bytes, offset: cursor.offset });
    let bin = -1;
    while (cursor.offset < bytes.length) {
      bin += readVarint(cursor);
      const times = readVarint(cursor);
      if (bin < 0 || bin > LAST_BIN) throw new RangeError(`histogram bin ${bin} is outside 0–${LAST_BIN}`);
      this.#addToBin(bin, times);
      this.#total += times;
    }
  }

  /**
   * The value at quantile `q` (0–1), within 1 %: the first bin whose cumulative count exceeds r = q·(n−1).
   *
   * @returns undefined when the histogram is empty.
   */
  quantile(q: number): number | undefined {
    return this.valueAtRank(q * (this.#total - 1));
  }

  /** The value at a rank counted from 0; undefined when there is no such rank. */
  valueAtRank(rank: number): number | undefined {
    if (rank < 0 || rank > this.#total - 1) return undefined;
    let cumulative = this.#zeros;
    if (cumulative > rank) return 0;
    for (let i = 0; i < this.#counts.length; i++) {
      cumulative += this.#counts[i] ?? 0;
      if (cumulative > rank) return valueOf(this.#firstBin + i);
    }
    return undefined;
  }

  /**
   * How many values are certainly above `limit`: whole bins beyond the limit's own. Values within 2 % above the limit
   * may be left out, a value at or below it is never counted.
   */
  countAbove(limit: number): number {
    if (limit < 0) return this.#total - this.#zeros;
    const firstAbove = limit < 1 ? 0 : binOf(limit) + 1;
    let above = 0;
    for (let i = Math.max(0, firstAbove - this.#firstBin); i < this.#counts.length; i++) above += this.#counts[i] ?? 0;
    return above;
  }

  /** How many values are certainly below `limit`: whole bins beneath the limit's own, and the zeros of a limit of 1 or more. */
  countBelow(limit: number): number {
    if (limit < 1) return 0;
    const end = binOf(limit);
    let below = this.#zeros;
    for (let i = 0; i < Math.min(end - this.#firstBin, this.#counts.length); i++) below += this.#counts[i] ?? 0;
    return below;
  }

  /** Non-empty bins, ascending: index and count. What counts as zero is put into bin 0, the values up to 1. */
  bins(): (readonly [index: number, count: number])[] {
    const bins: (readonly [index: number, count: number])[] = [];
    const inBinZero = this.#zeros + (this.#counts[0 - this.#firstBin] ?? 0);
    if (inBinZero > 0) bins.push([0, inBinZero]);
    for (let i = 0; i < this.#counts.length; i++) {
      const times = this.#counts[i] ?? 0;
      if (times > 0 && this.#firstBin + i > 0) bins.push([this.#firstBin + i, times]);
    }
    return bins;
  }

  /** Calls `visit` with a value that is within 1 % of all members of each non-empty bin, ascending, 0 for the zeros. */
  forEachValue(visit: (value: number, times: number) => void): void {
    if (this.#zeros > 0) visit(0, this.#zeros);
    for (let i = 0; i < this.#counts.length; i++) {
      const times = this.#counts[i] ?? 0;
      if (times > 0) visit(valueOf(this.#firstBin + i), times);
    }
  }

  /** Varints: the zeros, then for each non-empty bin its distance from the one before (starting at −1) and its count. */
  toBytes(): Uint8Array {
    const cursor = { bytes: SCRATCH, offset: 0 };
    writeVarint(cursor, this.#zeros);
    let previous = -1;
    for (let i = 0; i < this.#counts.length; i++) {
      const times = this.#counts[i] ?? 0;
      if (times === 0) continue;
      const bin = this.#firstBin + i;
      writeVarint(cursor, bin - previous);
      writeVarint(cursor, times);
      previous = bin;
    }
    return SCRATCH.slice(0, cursor.offset);
  }

  /** @throws RangeError for bytes that `toBytes` did not write. */
  static fromBytes(bytes: Uint8Array): Histogram {
    const histogram = new Histogram();
    histogram.mergeBytes(bytes);
    return histogram;
  }

  #addToBin(bin: number, times: number): void {
    let index = bin - this.#firstBin;
    if (index < 0 || index >= this.#counts.length) {
      this.#growTo(bin);
      index = bin - this.#firstBin;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + times;
  }

  /** Makes room for all bins that follow in `cursor` at once: a chart reads thousands of histograms from bytes. */
  #coverBins(cursor: VarintCursor): void {
    let first = -1;
    let bin = -1;
    while (cursor.offset < cursor.bytes.length) {
      bin += readVarint(cursor);
      readVarint(cursor);
      if (first === -1) first = bin;
    }
    if (bin === -1) return;
    if (first < 0 || bin > LAST_BIN) throw new RangeError(`histogram bin ${bin} is outside 0–${LAST_BIN}`);
    this.#makeRoom(first, bin + 1);
  }

  /** Has the bins `[first, end)` besides those that are present. */
  #makeRoom(first: number, end: number): void {
    const presentEnd = this.#firstBin + this.#counts.length;
    if (this.#counts.length === 0) this.#resize(first, end);
    else if (first < this.#firstBin || end > presentEnd)
      this.#resize(Math.min(first, this.#firstBin), Math.max(end, presentEnd));
  }

  #growTo(bin: number): void {
    if (this.#counts.length === 0) {
      this.#resize(Math.max(0, bin - SLACK_BINS), bin + SLACK_BINS);
      return;
    }
    const end = this.#firstBin + this.#counts.length;
    const first = bin < this.#firstBin ? Math.max(0, bin - SLACK_BINS) : this.#firstBin;
    this.#resize(first, Math.max(end, bin + SLACK_BINS));
  }

  /** Makes the present bins `[first, end)`, which must hold those that were present. */
  #resize(first: number, end: number): void {
    const resized = new Float64Array(end - first);
    if (this.#counts.length > 0) resized.set(this.#counts, this.#firstBin - first);
    this.#counts = resized;
    this.#firstBin = first;
  }
}
