import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint, parity } from "@/server/domain/parity/fingerprint";
import { valueAt } from "@/server/domain/parity/point-in-time";
import examples from "@/test/fixtures/worked-examples.json";

describe("fingerprint", () => {
  it.each(examples.fingerprint.cases)("gives $output", ({ input, output }) => {
    expect(fingerprint(input)).toBe(output);
  });

  it.each(examples.fingerprint.parity)("compares $offline with $online", ({ offline, online, equal }) => {
    expect(parity(offline, online)).toEqual({ offline, online, equal });
  });

  it("is equal only to itself, and unknown without both sides", () => {
    expect(parity("ce667443", "ce667443")?.equal).toBe(true);
    expect(parity(undefined, "ce667443")).toBeUndefined();
    expect(parity("ce667443", undefined)).toBeUndefined();
  });

  it("ignores the order of the keys at every depth", () => {
    expect(fingerprint({ a: { x: 1, y: [1, 2] }, b: null })).toBe(fingerprint({ b: null, a: { y: [1, 2], x: 1 } }));
    expect(fingerprint({ y: [1, 2] })).not.toBe(fingerprint({ y: [2, 1] }));
  });
});

describe("point in time", () => {
  it.each(examples.pointInTimeFeature.cases)("at $eventTime", ({ eventTime, history, output }) => {
    const values = history.map(([timestamp, value]) => ({ timestampMs: Date.parse(String(timestamp)), value }));
    expect(valueAt(values, Date.parse(eventTime))).toEqual({
      timestampMs: Date.parse(output.timestamp),
      value: output.value,
    });
  });

  it("includes the instant itself and nothing after", () => {
    const history = [{ timestampMs: 10, value: "a" }];
    expect(valueAt(history, 10)?.value).toBe("a");
    expect(valueAt(history, 9)).toBeUndefined();
    expect(valueAt([], 9)).toBeUndefined();
  });

  it("never sees the future, and nothing newer than what it gives", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ timestampMs: fc.nat(100), value: fc.nat() })),
        fc.nat(100),
        (history, eventTimeMs) => {
          const found = valueAt(history, eventTimeMs);
          const visible = history.filter((entry) => entry.timestampMs <= eventTimeMs).map((entry) => entry.timestampMs);
          expect(found?.timestampMs).toBe(visible.length === 0 ? undefined : Math.max(...visible));
        },
      ),
    );
  });
});
