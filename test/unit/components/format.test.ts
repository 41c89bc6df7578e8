import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatAbsoluteDifference,
  formatBare,
  formatCount,
  formatDifference,
  formatDuration,
  formatInterval,
  formatMeasured,
  formatRelative,
  formatShare,
  formatSignificant,
  formatValue,
} from "@/components/ui/format";

/** Reads the special spaces as plain ones so that the tables below stay legible. */
const spaced = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("formatSignificant", () => {
  it.each([
    [0, "0"],
    [910, "910"],
    [909.6, "910"],
    [1234.5, "1 230"],
    [1_234_567, "1 230 000"],
    [7.1, "7.1"],
    [0.012_34, "0.0123"],
    [99.95, "100"],
    [-60, "−60"],
    [1e-7, "0.0000001"],
  ])("%d is written %s", (value, expected) => {
    expect(spaced(formatSignificant(value))).toBe(expected);
  });

  it("keeps three significant digits for every number", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const back = Number(formatSignificant(value).replaceAll(/[\u202f]/g, ""));
        expect(Math.abs(back - value) / value).toBeLessThanOrEqual(0.005_000_1);
      }),
    );
  });
});

describe("formatValue", () => {
  it.each([
    [910, "ms", "910 ms"],
    [0.0213, "ratio", "2.13 %"],
    [0, "ratio", "0 %"],
    [0.001_84, "usd", "$1.84/1k"],
    [0.0012, "usd", "$1.20/1k"],
    [-0.000_05, "usd", "−$0.05/1k"],
    [0.000_002, "usd", "$0.002/1k"],
    [12.5, "usd_total", "$12.50"],
    [790.4, "tokens", "790 tok"],
    [0.8, "score", "0.80"],
    [1204, "requests", "1 204"],
    [0.5, "number", "0.5"],
    [3, "queries", "3 queries"],
    [null, "ms", "n/a"],
    [Number.NaN, "ms", "n/a"],
  ])("%s %s is written %s", (value, unit, expected) => {
    expect(spaced(formatValue(value, unit))).toBe(expected);
  });

  it("leaves the unit out for ticks", () => {
    expect(formatBare(0.25, "ratio")).toBe("25");
  });
});

describe("shares", () => {
  it.each([
    [null, "n/a"],
    [0, "0 %"],
    [1, "100 %"],
    [0.9999, ">99.9 %"],
    [0.000_001, "<0.001 %"],
    [0.92, "92 %"],
  ])("%s is written %s", (share, expected) => {
    expect(spaced(formatShare(share))).toBe(expected);
  });

  it("never writes everything for less than everything, nor nothing for something", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const text = spaced(formatShare(share));
        expect(text === "100 %").toBe(share === 1);
        expect(text === "0 %").toBe(share === 0);
      }),
    );
  });
});

describe("measured values and differences", () => {
  it("carries value, unit, interval and sample size", () => {
    expect(spaced(formatMeasured({ value: 910, lower: 868, upper: 952, count: 1204 }, "ms"))).toBe(
      "910 ms [868–952] n=1 204",
    );
  });

  it("says not measured and n=0 without data", () => {
    expect(formatMeasured({ value: null, lower: null, upper: null, count: 0 }, "ms")).toBe("n/a n=0");
  });

  it("writes no interval where there is none", () => {
    expect(formatInterval({ lower: null, upper: 3 }, "ms")).toBe("");
  });

  it.each([
    [{ absolute: 60, ratio: 0.071, clear: true }, "ms", "+60 ms (+7.1 %)"],
    [{ absolute: -0.012, ratio: -0.15, clear: true }, "ratio", "−1.2 pp (−15 %)"],
    [{ absolute: 0.000_05, ratio: null, clear: true }, "usd", "+$0.05/1k"],
    [{ absolute: 60, ratio: 0.07, clear: false }, "ms", "no clear change"],
    [null, "ms", "n/a"],
  ])("%o in %s is written %s", (difference, unit, expected) => {
    expect(spaced(formatDifference(difference, unit))).toBe(expected);
  });

  it("signs a difference of zero as plus", () => {
    expect(spaced(formatAbsoluteDifference(0, "ms"))).toBe("+0 ms");
  });

  it("groups counts in full", () => {
    expect(spaced(formatCount(1_234_567))).toBe("1 234 567");
  });
});

describe("lengths of time", () => {
  it.each([
    [310, "310 ms"],
    [8_000, "8 s"],
    [59_999, "59 s"],
    [90_000, "1 min 30 s"],
    [12 * 60_000 + 5_000, "12 min"],
    [2 * 3_600_000 + 5 * 60_000, "2 h 5 min"],
    [9 * 86_400_000 + 4 * 3_600_000, "9 d 4 h"],
    [-5, "0 ms"],
  ])("%d ms is %s", (durationMs, expected) => {
    expect(spaced(formatDuration(durationMs))).toBe(expected);
  });

  it.each([
    [0, 480_000, "8 min ago"],
    [0, 1_000, "now"],
    [480_000, 0, "in 8 min"],
    [0, 90_000_000, "1 d ago"],
    [0, 7_200_000, "2 h ago"],
    [0, 30_000, "30 s ago"],
  ])("%d seen at %d is %s", (at, now, expected) => {
    expect(spaced(formatRelative(at, now))).toBe(expected);
  });
});
