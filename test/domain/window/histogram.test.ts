import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "@/server/domain/window/histogram";

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];
const values = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 5_000_000 }),
    fc.double({ min: 0, max: 1e12, noNaN: true }),
    fc.integer({ min: -9, max: 2 }),
  ),
  { maxLength: 200 },
);

/** The exact value at rank q·(n−1), by the same rule: the first whose cumulative count exceeds it. */
function exactQuantile(sample: readonly number[], q: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

describe("histogram", () => {
  it("takes several values at once as it takes them one by one, whatever it held before", () => {
    fc.assert(
      fc.property(values, values, (before, added) => {
        const together = histogramOf(before);
        together.addAll(added);
        expect(together.count).toBe(before.length + added.length);
        expect(together.toBytes()).toEqual(histogramOf([...before, ...added]).toBytes());
      }),
    );
    expect(() => new Histogram().addAll([1, Number.NaN])).toThrow(RangeError);
  });

  it("answers every quantile within 1 %", () => {
    fc.assert(
      fc.property(values, (sample) => {
        const histogram = histogramOf(sample);
        expect(histogram.count).toBe(sample.length);
        for (const q of sample.length === 0 ? [] : QUANTILES) {
          const exact = exactQuantile(sample, q);
          const expected = exact < 1 ? 0 : exact;
          expect(Math.abs((histogram.quantile(q) ?? Number.NaN) - expected)).toBeLessThanOrEqual(expected * 0.0100001);
        }
      }),
    );
  });

  it("merges associatively and in any order, from memory and from bytes", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const whole = histogramOf([...a, ...b, ...c]).toBytes();
        const left = histogramOf(a);
        left.merge(histogramOf(b));
        left.merge(histogramOf(c));
        const right = histogramOf(c);
        right.mergeBytes(histogramOf(b).toBytes());
        right.mergeBytes(histogramOf(a).toBytes());
        expect(left.toBytes()).toEqual(whole);
        expect(right.toBytes()).toEqual(whole);
        expect(right.count).toBe(a.length + b.length + c.length);
        expect(Histogram.fromBytes(whole).toBytes()).toEqual(whole);
      }),
    );
  });

  it("never counts a value at or below the limit as above it, and misses only those within 2 %", () => {
    fc.assert(
      fc.property(values, fc.double({ min: -10, max: 1e12, noNaN: true }), (sample, limit) => {
        const counted = histogramOf(sample).countAbove(limit);
        expect(counted).toBeLessThanOrEqual(sample.filter((value) => value > limit).length);
        expect(counted).toBeGreaterThanOrEqual(sample.filter((value) => value >= 1 && value > limit * 1.0203).length);
      }),
    );
  });

  it.each([
    ["one value", [850], 850],
    ["zeros", [0, 0, 0], 0],
    ["negative values as zero", [-4, -2], 0],
  ])("gives the median of %s", (_, sample, expected) => {
    const median = histogramOf(sample).quantile(0.5);
    expect(Math.abs((median ?? Number.NaN) - expected)).toBeLessThanOrEqual(expected * 0.01);
  });

  it("has no quantile of nothing", () => {
    expect(new Histogram().quantile(0.5)).toBeUndefined();
    expect(new Histogram().valueAtRank(0)).toBeUndefined();
  });

  it("takes the rank rule of ClickHouse's quantilesDD: the first bin with cumulative count > q(n−1)", () => {
    const histogram = histogramOf([1, 1000]);
    expect(histogram.quantile(0.5)).toBeCloseTo(0.99, 10);
    expect(histogram.quantile(1)).toBeGreaterThan(990);
  });

  it("is small: 1,000 log-normal-like values in under 400 bytes", () => {
    const sample = Array.from({ length: 1000 }, (_, i) =>
      Math.exp(13.5 + 0.55 * Math.sqrt(2) * Math.tan((i - 500) / 640)),
    );
    expect(histogramOf(sample).toBytes().length).toBeLessThan(400);
  });

  it("keeps astronomic values countable and huge counts exact", () => {
    const histogram = histogramOf([Number.MAX_VALUE, Infinity]);
    histogram.addMany(5, 2 ** 40);
    const copy = Histogram.fromBytes(histogram.toBytes());
    expect(copy.count).toBe(2 ** 40 + 2);
    expect(copy.countAbove(1e15)).toBe(2);
  });

  it("refuses NaN and broken bytes", () => {
    expect(() => histogramOf([Number.NaN])).toThrow(RangeError);
    expect(() => Histogram.fromBytes(Uint8Array.of())).toThrow(/cut off/);
    expect(() => Histogram.fromBytes(Uint8Array.of(0, 5))).toThrow(/cut off/);
    expect(() => Histogram.fromBytes(Uint8Array.of(0, 0xff, 0xff, 1, 1))).toThrow(/outside/);
    expect(() => Histogram.fromBytes(new Uint8Array(9).fill(0xff))).toThrow(/beyond/);
  });
});
