import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BucketSums } from "@/server/cli/replay/bucket-sums";
import { addValue, emptyAggregate, mergeAggregates, type Aggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";

/** An aggregate with its histogram as bytes, so that two can be compared. */
function plain({ histogram, ...sums }: Aggregate): unknown {
  return { ...sums, bytes: histogram?.toBytes() };
}

function sumOf(values: readonly number[]): Aggregate {
  const aggregate = emptyAggregate(new Histogram());
  for (const value of values) addValue(aggregate, value);
  return values.length === 0 ? mergeAggregates([]) : aggregate;
}

describe("bucket sums", () => {
  it("are those of the values in the range, whatever was asked before", () => {
    const adds = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 1_000_000 })), {
      maxLength: 200,
    });
    const bound = fc.integer({ min: 0, max: 320 });
    fc.assert(
      fc.property(adds, fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 40 }), (values, ranges) => {
        const sums = new BucketSums();
        for (const [bucket, value] of values) sums.addValue(bucket, value);
        for (const [from, to] of ranges) {
          const inside = values.flatMap(([bucket, value]) => (bucket >= from && bucket < to ? [value] : []));
          expect(plain(sums.range(from, to))).toEqual(plain(sumOf(inside)));
        }
      }),
    );
  });

  it("of sliding windows stay right when more sums are made than are kept", () => {
    const sums = new BucketSums();
    for (let bucket = 0; bucket < 3_000; bucket++) sums.addEvent(bucket, bucket % 7 === 0);
    for (let to = 1; to <= 3_000; to++) {
      const from = Math.max(0, to - 180);
      const events = Math.ceil(to / 7) - Math.ceil(from / 7);
      expect(sums.range(from, to)).toMatchObject({ count: to - from, events });
    }
  });

  it("tell a bucket without data from one with", () => {
    const sums = new BucketSums();
    sums.addValue(7, 850);
    expect(sums.bucket(6)).toBeUndefined();
    expect(sums.bucket(7)).toMatchObject({ count: 1, sum: 850, min: 850, max: 850 });
    expect(sums.range(0, 7).count).toBe(0);
  });
});
