/** Differences within pairs: exact small cases, and what holds for any of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pairedDifference } from "@/server/domain/window/paired-difference";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe("the median", () => {
  test.each<[number, number, number | null, number | null]>([
    // Fewer than six cannot enclose it at 95 %: 2 · 0.5^5 is 6.25 %.
    [1, 1, null, null],
    [5, 3, null, null],
    [6, 3.5, 1, 6],
    [8, 4.5, 1, 8],
    [9, 5, 2, 8],
    // P(Binomial(11, ½) ≤ 1) is 0.6 %, ≤ 2 is 3.3 %.
    [11, 6, 2, 10],
    [20, 10.5, 6, 15],
  ])("of 1 to %d is %d in [%s, %s]", (count, value, lower, upper) => {
    expect(pairedDifference(upTo(count))?.median).toEqual({ value, lower, upper });
  });

  test("of thousands of pairs has the interval of the normal approximation", () => {
    const { lower, upper } = pairedDifference(upTo(5_000))?.median ?? { lower: null, upper: null };
    const half = (1.96 * Math.sqrt(5_000)) / 2;
    expect(Math.abs(Number(lower) - (2_500 - half))).toBeLessThan(2);
    expect(Math.abs(Number(upper) - (2_501 + half))).toBeLessThan(2);
  });
});

test("the mean has Student's interval", () => {
  const mean = pairedDifference(upTo(6))?.mean;
  // t(0.975, 5) = 2.570582, s = 1.870829, n = 6.
  expect(mean?.value).toBe(3.5);
  expect(mean?.lower).toBeCloseTo(3.5 - (2.570582 * 1.870829) / Math.sqrt(6), 4);
  expect(mean?.upper).toBeCloseTo(3.5 + (2.570582 * 1.870829) / Math.sqrt(6), 4);
});

test("pairs are counted by their sign, and none are none", () => {
  expect(pairedDifference([-2, -1, 0, 0, 5])).toMatchObject({ count: 5, above: 1, below: 2, equal: 2 });
  expect(pairedDifference([])).toBeUndefined();
});

test("holds for any differences: inside its interval, the same in any order, mirrored when the sides are", () => {
  const differences = fc.array(fc.integer({ min: -10_000, max: 10_000 }), { minLength: 6, maxLength: 60 });
  fc.assert(
    fc.property(differences, (given) => {
      const found = pairedDifference(given);
      const mirrored = pairedDifference(given.map((difference) => 0 - difference));
      if (found === undefined || mirrored === undefined) throw new Error("there are pairs");
      for (const { value, lower, upper } of [found.median, found.mean]) {
        expect(Number(lower)).toBeLessThanOrEqual(value);
        expect(Number(upper)).toBeGreaterThanOrEqual(value);
      }
      expect(pairedDifference(given.toReversed())).toEqual(found);
      expect(mirrored.median.value + found.median.value).toBe(0);
      expect(Number(mirrored.median.lower) + Number(found.median.upper)).toBe(0);
      expect([mirrored.above, mirrored.below]).toEqual([found.below, found.above]);
    }),
  );
});
