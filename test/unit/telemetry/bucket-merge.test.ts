/** Merging bytes to bytes gives what adding the same values to aggregates and histograms gives. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addEvent, addValue, type Aggregate, emptyAggregate } from "@/server/domain/window/aggregate";
import { binOf, Histogram } from "@/server/domain/window/histogram";
import { addCellTo, cellsOf, measuresOf, readOffsets } from "@/server/store/sqlite/bucket-codec";
import { addDelta, addFact, emptyDelta, type Limit } from "@/server/store/sqlite/bucket-delta";
import { mergeBucket, MOST_BAD_SUBJECTS } from "@/server/store/sqlite/bucket-merge";
import { ZERO_BIN, type Fact } from "@/server/store/sqlite/measures";

const START_MS = 1_776_000_000_000;

function valueFact(measure: number, value: number): Fact {
  return { measure, value, bin: value >= 1 ? binOf(value) : ZERO_BIN, happened: false, bad: false };
}

function eventFact(measure: number, happened: boolean): Fact {
  return { measure, value: undefined, bin: ZERO_BIN, happened, bad: happened };
}

const scaled = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 10_000_000 }),
  // The fact reader turns −0 into 0.
  fc.double({ min: -5, max: 1e15, noNaN: true }).map((value) => value + 0),
);
const values = fc.record({ measure: fc.integer({ min: 1, max: 6 }), value: scaled });

interface MeasuredValue {
  measure: number;
  value: number;
}

function commitValues(stored: Buffer, commit: readonly MeasuredValue[]): Buffer {
  const delta = { ...emptyDelta(), firstMs: START_MS, lastMs: START_MS };
  for (const { measure, value } of commit) addFact(delta, valueFact(measure, value), 0, []);
  return mergeBucket({ stored, delta, startMs: START_MS });
}

function expectedOf(all: readonly MeasuredValue[]): Map<number, Aggregate> {
  const expected = new Map<number, Aggregate>();
  for (const { measure, value } of all) {
    const aggregate = expected.get(measure) ?? emptyAggregate(new Histogram());
    addValue(aggregate, value);
    expected.set(measure, aggregate);
  }
  return expected;
}

/** Sums of fractions depend on their order in the last bits; all else is exact. */
function expectSame(actual: Aggregate, expected: Aggregate | undefined): void {
  if (expected === undefined) throw new Error("a measure was found that nobody wrote");
  expect(actual.histogram?.toBytes()).toEqual(expected.histogram?.toBytes());
  expect([actual.count, actual.min, actual.max]).toEqual([expected.count, expected.min, expected.max]);
  expect(Math.abs(actual.sum - expected.sum)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(expected.sum)));
  expect(Math.abs(actual.sumSq - expected.sumSq)).toBeLessThanOrEqual(1e-9 * (1 + expected.sumSq));
}

describe("a merged bucket", () => {
  test("holds every measure's sums and histogram, however its values are spread over commits", () => {
    fc.assert(
      fc.property(fc.array(fc.array(values, { maxLength: 60 }), { maxLength: 6 }), (commits) => {
        const row = commits.reduce<Buffer>(commitValues, Buffer.from([0, 0]));
        const expected = expectedOf(commits.flat());
        expect([...measuresOf(row)]).toEqual([...expected.keys()].toSorted((a, b) => a - b));
        for (const { measure, cell } of cellsOf(row)) {
          expectSame(cell.aggregate, expected.get(measure));
          const added = emptyAggregate();
          expect(addCellTo(added, row, measure)).toBe(true);
          expectSame(added, expected.get(measure));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("counts events, and keeps measures that a commit does not touch", () => {
    const first = emptyDelta();
    addFact(first, eventFact(3, true), 0, []);
    addFact(first, valueFact(9, 850), 0, []);
    const second = emptyDelta();
    addFact(second, eventFact(3, false), 0, []);
    addFact(second, eventFact(1, true), 0, []);
    const instants = { firstMs: START_MS + 5, lastMs: START_MS + 9_000 };
    const one = mergeBucket({ stored: undefined, delta: { ...first, ...instants }, startMs: START_MS });
    const later = { firstMs: START_MS + 2, lastMs: START_MS + 8_000 };
    const two = mergeBucket({ stored: one, delta: { ...second, ...later }, startMs: START_MS });
    const expected = emptyAggregate();
    addEvent(expected, true);
    addEvent(expected, false);
    const cells = new Map([...cellsOf(two)].map(({ measure, cell }) => [measure, cell.aggregate]));
    expect(cells.get(3)).toEqual(expected);
    expect(cells.get(9)?.sum).toBe(850);
    expect([...cells.keys()]).toEqual([1, 3, 9]);
    expect(readOffsets({ bytes: two, offset: 0 })).toEqual({ firstOffsetMs: 2, lastOffsetMs: 9_000 });
  });

  test("refuses bytes that were cut off", () => {
    const delta = emptyDelta();
    addFact(delta, valueFact(9, 850), 0, []);
    const row = mergeBucket({
      stored: undefined,
      delta: { ...delta, firstMs: START_MS, lastMs: START_MS },
      startMs: START_MS,
    });
    for (let length = 3; length < row.length; length++) {
      expect(() => [...cellsOf(row.subarray(0, length))]).toThrow(RangeError);
    }
  });
});

describe("evidence", () => {
  const limits: Limit[] = [
    { limit: 850, side: "above" },
    { limit: 0.82, side: "below" },
  ];

  test("counts exceedances strictly, per limit, over commits", () => {
    let stored: Buffer | undefined;
    const seen = new Map<number, Set<number>>();
    for (const value of [849, 850, 851, 0.5, 0.82]) {
      const delta = emptyDelta();
      addFact(delta, valueFact(2, value), value, limits);
      stored = mergeBucket({ stored, delta: { ...delta, firstMs: 0, lastMs: 0 }, startMs: 0, evidence: { seen } });
    }
    const [entry] = [...cellsOf(stored ?? Buffer.alloc(0))];
    expect(entry?.cell.exceedances).toEqual([
      { limit: 850, side: "above", count: 1 },
      { limit: 0.82, side: "below", count: 1 },
    ]);
    expect(entry?.cell.badSubjects).toBe(2);
  });

  test("counts each subject once, and at most 255", () => {
    const seen = new Map<number, Set<number>>();
    let stored: Buffer | undefined;
    for (let commit = 0; commit < 4; commit++) {
      const delta = emptyDelta();
      for (let subject = 1; subject <= 100; subject++) addFact(delta, eventFact(2, true), subject + commit * 50, []);
      stored = mergeBucket({ stored, delta: { ...delta, firstMs: 0, lastMs: 0 }, startMs: 0, evidence: { seen } });
      const [entry] = [...cellsOf(stored)];
      expect(entry?.cell.badSubjects).toBe(Math.min(MOST_BAD_SUBJECTS, 100 + commit * 50));
    }
  });

  test("of two deltas is that of both together", () => {
    const total = emptyDelta();
    for (const value of [1, 900]) {
      const part = emptyDelta();
      addFact(part, valueFact(2, value), value, limits);
      addDelta(total, part);
    }
    expect(total.cells.get(2)).toMatchObject({ count: 2, sum: 901, min: 1, max: 900 });
    expect(total.cells.get(2)?.exceedances.map(({ count }) => count)).toEqual([1, 0]);
  });
});
