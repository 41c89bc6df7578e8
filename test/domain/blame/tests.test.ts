/** The tests that blame and impact rest on, against values of independent implementations. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { discoveries } from "@/server/domain/blame/false-discovery";
import { featureDrift } from "@/server/domain/blame/feature-drift";
import { upperTail } from "@/server/domain/blame/normal";
import { worsePValue } from "@/server/domain/blame/worse-test";
import { addEvent, addValue, emptyAggregate } from "@/server/domain/window/aggregate";
import { seeded } from "./scenarios";

test.each([
  [0, 0.5],
  [1, 0.15865525393145707],
  [1.959963984540054, 0.025],
  [3, 0.0013498980316300933],
  [6, 9.865876450376946e-10],
  [-2, 0.9772498680518208],
])("P(Z ≥ %d) = %d", (z, p) => {
  expect(upperTail(z) / p).toBeCloseTo(1, 6);
});

describe("discoveries", () => {
  // The worked example of Benjamini and Hochberg (1995), section 3.1: four of fifteen at 5 %.
  const PAPER = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];

  it("are the paper's", () => {
    expect(discoveries(PAPER, 0.05).filter(Boolean)).toHaveLength(4);
    expect(discoveries(PAPER.toReversed(), 0.05).indexOf(true)).toBe(11);
  });

  it("are none of nothing", () => {
    expect(discoveries([], 0.05)).toEqual([]);
    expect(discoveries([0.2, 0.9], 0.05)).toEqual([false, false]);
  });

  it("are at most a twentieth of true nulls, in the mean over many families", () => {
    const random = seeded(11);
    let families = 0;
    for (let family = 0; family < 2_000; family += 1) {
      if (discoveries(Array.from({ length: 20 }, random), 0.05).includes(true)) families += 1;
    }
    expect(families / 2_000).toBeLessThan(0.065);
  });
});

describe("worsePValue", () => {
  const rate = (bad: number, count: number) => {
    const sums = emptyAggregate();
    for (let index = 0; index < count; index += 1) addEvent(sums, index < bad);
    return sums;
  };

  it("is the pooled score test of two proportions", () => {
    const metric = { kind: "rate", event: "error" } as const;
    // 30 of 200 against 20 of 250: z = 2.3479.
    expect(worsePValue(metric, { candidate: rate(30, 200), control: rate(20, 250) })).toBeCloseTo(0.0094405, 6);
    const completed = { kind: "rate", event: "task_completion" } as const;
    expect(worsePValue(completed, { candidate: rate(170, 200), control: rate(230, 250) })).toBeCloseTo(0.0094405, 6);
    expect(worsePValue(metric, { candidate: rate(0, 9), control: rate(0, 9) })).toBeCloseTo(0.5, 6);
  });

  it("is Welch's test of two means", () => {
    const values = (all: readonly number[]) => {
      const sums = emptyAggregate();
      for (const value of all) addValue(sums, value);
      return sums;
    };
    const metric = { kind: "mean", measure: "total_tokens" } as const;
    const [candidate, control] = [values([14, 15, 15, 17, 19]), values([11, 12, 12, 13, 14])];
    // Difference 3.6; squared errors 0.8 and 0.26.
    expect(worsePValue(metric, { candidate, control })).toBeCloseTo(upperTail(3.6 / Math.sqrt(1.06)), 9);
  });

  it("is unknown without data, and for quantiles", () => {
    const metric = { kind: "rate", event: "error" } as const;
    expect(worsePValue(metric, { candidate: rate(0, 0), control: rate(1, 9) })).toBeUndefined();
    const quantile = { kind: "quantile", q: 0.95, measure: "ttft_ms" } as const;
    expect(worsePValue(quantile, { candidate: rate(1, 9), control: rate(1, 9) })).toBeUndefined();
  });
});

describe("feature drift", () => {
  const random = seeded(5);
  const around = (middle: number, count: number): number[] =>
    Array.from({ length: count }, () => Math.round(middle + 8 * (random() - 0.5)));

  it("names what differs where it goes wrong, with both medians", () => {
    const found = featureDrift([
      { name: "releases/hours_since_deploy", wrong: around(20, 80), right: around(20, 300) },
      {
        name: "releases/average_queue_minutes",
        wrong: Array.from({ length: 80 }, () => 1_440),
        right: around(14, 300),
      },
    ]);
    expect(found).toMatchObject([
      { name: "releases/average_queue_minutes", larger: 1, medianWrong: 1_440, countWrong: 80, countRight: 300 },
    ]);
    expect(found[0]?.medianRight).toBeCloseTo(14, 0);
  });

  it("says nothing of a few values, and nothing of equal ones", () => {
    expect(featureDrift([{ name: "f", wrong: [9, 9, 9], right: around(1, 50) }])).toEqual([]);
    const equal = Array.from({ length: 50 }, () => 1);
    expect(featureDrift([{ name: "f", wrong: equal, right: equal }])).toEqual([]);
  });

  it("is the share of pairs in which the wrong value is larger", () => {
    const Values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(Values, Values, (wrong, right) => {
        const pairs = wrong.flatMap((a) => right.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        const larger = pairs.reduce((sum: number, one) => sum + one, 0) / pairs.length;
        for (const drift of featureDrift([{ name: "f", wrong, right }])) expect(drift.larger).toBeCloseTo(larger, 9);
      }),
    );
  });
});
