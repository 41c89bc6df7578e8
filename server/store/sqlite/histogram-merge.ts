/** Adds values to a serialised histogram (the layout of `Histogram.toBytes`) without building it. */
import type { VarintCursor } from "@/server/domain/window/varint";
import { readVarint } from "@/server/domain/window/varint";
import type { ByteSink } from "./byte-sink";
import { ZERO_BIN } from "./measures";

const INSERTION_LIMIT = 24;
/** Scratch of the counting sort; bins end below 2,000. */
const places = new Uint32Array(2_048);

/** Runs of equal bins, ascending, on their way out. */
class Runs {
  readonly #sink: ByteSink;
  readonly #bins: readonly number[];
  #at = 0;
  #previous = -1;

  constructor(sink: ByteSink, bins: readonly number[]) {
    this.#sink = sink;
    this.#bins = bins;
  }

  /** Passes over all values of `bin`, which is the next one if it is there at all; how many there were. */
  take(bin: number): number {
    const from = this.#at;
    while (this.#bins[this.#at] === bin) this.#at += 1;
    return this.#at - from;
  }

  /** Writes all runs below `end`. */
  writeBelow(end: number): void {
    for (let bin = this.#bins[this.#at]; bin !== undefined && bin < end; bin = this.#bins[this.#at]) {
      this.write(bin, this.take(bin));
    }
  }

  write(bin: number, count: number): void {
    this.#sink.varint(bin - this.#previous);
    this.#sink.varint(count);
    this.#previous = bin;
  }
}

/** Writes the histogram in `source[offset, end)`, or an empty one, with one value more in each of `bins`. Sorts `bins`. */
export function mergeHistogram(sink: ByteSink, bins: number[], source: VarintCursor | undefined, end: number): void {
  sortBins(bins);
  const runs = new Runs(sink, bins);
  sink.varint(runs.take(ZERO_BIN) + (source === undefined ? 0 : readVarint(source)));
  let bin = -1;
  while (source !== undefined && source.offset < end) {
    bin += readVarint(source);
    const count = readVarint(source);
    runs.writeBelow(bin);
    runs.write(bin, count + runs.take(bin));
  }
  runs.writeBelow(Infinity);
}

/** Ascending, in place. Most lists are short, for which insertion is fastest; the others are counted. */
function sortBins(bins: number[]): void {
  if (bins.length > INSERTION_LIMIT) {
    countingSort(bins);
    return;
  }
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
    places[bin + 1] = (places[bin + 1] ?? 0) + 1;
    if (bin < least) least = bin;
    if (bin > greatest) greatest = bin;
  }
  let at = 0;
  for (let bin = least; bin <= greatest; bin++) {
    for (let left = places[bin + 1] ?? 0; left > 0; left--) bins[at++] = bin;
    places[bin + 1] = 0;
  }
}
