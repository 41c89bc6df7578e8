import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Metric } from "@/server/domain/metric/metric";
import { parseMetric } from "@/server/domain/metric/metric";
import type { Aggregate } from "@/server/domain/window/aggregate";
import {
  addEvent,
  addValue,
  emptyAggregate,
  mergeAggregates,
  metricValue,
  scaleOf,
} from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import { meanInterval, quantileInterval, wilsonInterval } from "@/server/domain/window/interval";
import { alignDown, alignUp, contains, rangesBefore, stepsOf, windowOf } from "@/server/domain/window/window";

const metric = (text: string): Metric => parseMetric(text) ?? { kind: "request_count" };

function aggregateOf(values: readonly number[]): Aggregate {
  const aggregate = emptyAggregate(new Histogram());
  for (const value of values) addValue(aggregate, value);
  return aggregate;
}

/** An aggregate with its histogram as bytes, so that two can be compared. */
function plain({ histogram, ...sums }: Aggregate): unknown {
  return { ...sums, bytes: histogram?.toBytes() };
}

describe("aggregates", () => {
  it("merge associatively and in any order", () => {
    const samples = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(samples, samples, samples, (a, b, c) => {
        const [x, y, z] = [aggregateOf(a), aggregateOf(b), aggregateOf(c)];
        const whole = plain(aggregateOf([...a, ...b, ...c]));
        expect(plain(mergeAggregates([mergeAggregates([x, y]), z]))).toEqual(whole);
        expect(plain(mergeAggregates([z, mergeAggregates([y, x])]))).toEqual(whole);
        expect(plain(x)).toEqual(plain(aggregateOf(a)));
      }),
    );
  });

  it("are unchanged by merging nothing in", () => {
    expect(plain(mergeAggregates([aggregateOf([3, 4]), emptyAggregate()]))).toEqual(plain(aggregateOf([3, 4])));
    expect(mergeAggregates([])).toEqual(emptyAggregate());
  });

  it("read a quantile of equal values as that value, so that a limit of that value is not broken", () => {
    for (const ms of [850, 910, 1_234]) {
      const same = aggregateOf([ms, ms, ms].map((value) => value * scaleOf("ttft_ms")));
      expect(metricValue(metric("p95_ttft_ms"), same)).toBe(ms);
      expect(metricValue(metric("p95_ttft_ms"), mergeAggregates([same, same]))).toBe(ms);
    }
  });

  it("give every metric in its own unit", () => {
    const ttft = aggregateOf([790, 910, 930].map((ms) => ms * scaleOf("ttft_ms")));
    expect(metricValue(metric("mean_ttft_ms"), ttft)).toBeCloseTo(876.667, 3);
    expect(Math.abs((metricValue(metric("p99_ttft_ms"), ttft) ?? 0) - 910)).toBeLessThanOrEqual(9.1);
    const cost = aggregateOf([0.004, 0.005].map((usd) => usd * scaleOf("cost_usd")));
    expect(metricValue(metric("sum_cost_usd"), cost)).toBeCloseTo(0.009, 12);
    const toxic = emptyAggregate();
    for (const happened of [true, false, false, false]) addEvent(toxic, happened);
    expect(metricValue(metric("toxicity_rate"), toxic)).toBe(0.25);
    expect(metricValue(metric("request_count"), toxic)).toBe(4);
    expect(metricValue(metric("groundedness_score"), aggregateOf([790_000, 810_000]))).toBeCloseTo(0.8, 12);
  });

  it.each(["p95_ttft_ms", "mean_cost_usd", "sum_cost_usd", "error_rate", "groundedness_score"])(
    "have no %s without data",
    (name) => {
      expect(metricValue(metric(name), emptyAggregate())).toBeUndefined();
    },
  );

  it("count no requests as 0", () => {
    expect(metricValue(metric("request_count"), emptyAggregate())).toBe(0);
  });
});

describe("ranges", () => {
  const at = Date.UTC(2026, 3, 10, 12, 3, 4);

  it("are half-open", () => {
    const range = { startMs: 1000, endMs: 2000 };
    expect([999, 1000, 1999, 2000].map((timeMs) => contains(range, timeMs))).toEqual([false, true, true, false]);
  });

  it("align to steps", () => {
    expect(alignDown(at, 60_000)).toBe(Date.UTC(2026, 3, 10, 12, 3));
    expect(alignUp(at, 60_000)).toBe(Date.UTC(2026, 3, 10, 12, 4));
    expect(alignUp(alignDown(at, 60_000), 60_000)).toBe(alignDown(at, 60_000));
    expect(stepsOf({ startMs: 5, endMs: 21 }, 10)).toEqual([
      { startMs: 0, endMs: 10 },
      { startMs: 10, endMs: 20 },
      { startMs: 20, endMs: 30 },
    ]);
    expect(rangesBefore({ endMs: 100, lengthMs: 10, count: 2 })).toEqual([
      { startMs: 80, endMs: 90 },
      { startMs: 90, endMs: 100 },
    ]);
  });

  it("put every instant into exactly one step", () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 5000 }),
        (start, length, step) => {
          const range = { startMs: start, endMs: start + length };
          const inside = stepsOf({ startMs: start, endMs: start + Math.min(length, step * 50) }, step);
          const instant = range.startMs + Math.min(length, step * 50) - 1;
          expect(inside.filter((part) => contains(part, instant))).toHaveLength(1);
        },
      ),
    );
  });
});

describe("intervals", () => {
  it.each([
    // statsmodels proportion_confint(k, n, method="wilson")
    [0, 10, 0, 0.2775327998628892],
    [1, 10, 0.01787621, 0.40415003],
    [5, 10, 0.23659309, 0.76340691],
    [10, 10, 0.7224672001371107, 1],
    [4, 1000, 0.0015566, 0.0102391],
  ])("Wilson of %d in %d", (events, count, lower, upper) => {
    const interval = wilsonInterval(events, count);
    expect(interval.lower).toBeCloseTo(lower, 6);
    expect(interval.upper).toBeCloseTo(upper, 6);
  });

  it("say nothing about no data", () => {
    expect(wilsonInterval(0, 0)).toEqual({});
    expect(meanInterval({ count: 1, sum: 4, sumSq: 16 })).toEqual({});
    expect(quantileInterval(new Histogram(), 0.95)).toEqual({});
  });

  it("bound a mean by its standard error", () => {
    const interval = meanInterval({ count: 4, sum: 20, sumSq: 120 });
    expect(interval.lower).toBeCloseTo(5 - (1.959963984540054 * Math.sqrt(20 / 3)) / 2, 12);
    expect(interval.upper).toBeCloseTo(5 + (1.959963984540054 * Math.sqrt(20 / 3)) / 2, 12);
  });

  it("bound a quantile by ranks, and leave open what the sample cannot bound", () => {
    const histogram = aggregateOf(Array.from({ length: 1000 }, (_, i) => i + 1)).histogram ?? new Histogram();
    const { lower = 0, upper = 0 } = quantileInterval(histogram, 0.5);
    expect(Math.abs(lower - 469)).toBeLessThan(6);
    expect(Math.abs(upper - 532)).toBeLessThan(6);
    const few = aggregateOf([1, 2, 3, 4, 5]).histogram ?? new Histogram();
    expect(quantileInterval(few, 0.95)).not.toHaveProperty("upper");
  });
});

describe("window", () => {
  const range = { startMs: 0, endMs: 300_000 };
  const rate = metric("toxicity_rate");

  it.each([
    [299_999, true],
    [300_000, false],
  ])("settled until %d: provisional %s", (settledMs, provisional) => {
    expect(windowOf({ metric: rate, aggregate: emptyAggregate(), range, settledMs }).provisional).toBe(provisional);
  });

  it("of no data has no value and no bounds", () => {
    expect(windowOf({ metric: rate, aggregate: emptyAggregate(), range, settledMs: 0 })).toEqual({
      ...range,
      count: 0,
      value: undefined,
      provisional: true,
    });
  });
});
