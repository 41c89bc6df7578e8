import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  breachIntervals,
  flags,
  gapIntervals,
  MAXIMUM_POINTS,
  nearestIndex,
  plotRows,
  provisionalFrom,
  reduceWindows,
  scaleValues,
} from "@/components/charts/chart-model";
import { timeTicks, valueScale } from "@/components/charts/chart-scale";
import { spreadLabels } from "@/components/charts/chart-geometry";
import { sparklinePath } from "@/components/charts/sparkline";
import type { ChartWindow } from "@/components/charts/chart-types";
import { chartCsv, chartSummary, windowSentence } from "@/components/charts/chart-words";

const STEP = 300_000;
const START = Date.parse("2026-04-12T03:00:00Z");
const range = { fromMs: START, toMs: START + 12 * STEP, stepMs: STEP };

function window(index: number, value: number | null, more: Partial<ChartWindow> = {}): ChartWindow {
  const point = value === null ? null : { value, lower: value - 40, upper: value + 40, count: 120 };
  return {
    atMs: START + index * STEP,
    candidate: point,
    control: point,
    provisional: false,
    breaching: false,
    ...more,
  };
}

describe("intervals", () => {
  it("shades the evaluator's breaches, half a step to either side, and nothing that merely lies high", () => {
    const windows = [
      window(1, 700),
      window(2, 999),
      window(3, 910, { breaching: true }),
      window(4, 912, { breaching: true }),
    ];
    expect(breachIntervals(windows, range)).toEqual([{ fromMs: START + 2.5 * STEP, toMs: START + 4.5 * STEP }]);
  });

  it("hatches only between windows with data", () => {
    const windows = [
      window(0, null),
      window(1, 700),
      window(2, null),
      window(3, null),
      window(4, 700),
      window(5, null),
    ];
    expect(gapIntervals(windows, range)).toEqual([{ fromMs: START + 1.5 * STEP, toMs: START + 3.5 * STEP }]);
  });

  it("finds no gap in a series without data", () => {
    expect(gapIntervals([window(0, null), window(1, null)], range)).toEqual([]);
  });

  it("starts the provisional part half a step before its first window", () => {
    expect(provisionalFrom([window(1, 1), window(2, 1, { provisional: true })], range)).toBe(START + 1.5 * STEP);
    expect(provisionalFrom([window(1, 1)], range)).toBeNull();
  });
});

describe("rows", () => {
  it("joins the provisional line to the last settled window and keeps gaps as gaps", () => {
    const rows = plotRows([window(0, 1), window(1, null), window(2, 3), window(3, 4, { provisional: true })]);
    expect(rows.map((row) => row.candidate)).toEqual([1, null, 3, null]);
    expect(rows.map((row) => row.candidateTail)).toEqual([null, null, 3, 4]);
    expect(rows[0]?.candidateBand).toEqual([-39, 41]);
    expect(rows[1]?.candidateBand).toBeNull();
  });

  it("marks a breach at the candidate's value", () => {
    expect(plotRows([window(0, 910, { breaching: true })])[0]?.breach).toBe(910);
  });
});

describe("reduction", () => {
  it("keeps at most the maximum and never loses a breach", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.double({ min: 0, max: 1000, noNaN: true }), breaching: fc.boolean() }), {
          maxLength: 3000,
        }),
        (drawn) => {
          const windows = drawn.map((each, index) => window(index, each.value, { breaching: each.breaching }));
          const kept = reduceWindows(windows);
          expect(kept.length).toBeLessThanOrEqual(MAXIMUM_POINTS);
          expect(kept.some((each) => each.breaching)).toBe(windows.some((each) => each.breaching));
          expect(kept.map((each) => each.atMs)).toEqual(kept.map((each) => each.atMs).toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("the value axis", () => {
  it("holds lines and limit, and cuts an interval that would flatten them", () => {
    const wide = { value: 0.01, lower: 0, upper: 0.8, count: 3 };
    const values = scaleValues([{ ...window(0, null), candidate: wide }], {
      value: 0.02,
      label: "limit 2 %",
      side: "max",
    });
    expect(Math.max(...values)).toBeCloseTo(0.026);
    expect(values).toContain(0.02);
    expect(values).toContain(0.01);
  });

  it("needs nothing without data", () => {
    expect(scaleValues([window(0, null)], null)).toEqual([]);
  });
});

describe("flags", () => {
  it("merges events that stand too close and drops those outside", () => {
    const events = [
      { atMs: START + 10, kind: "rollback", label: "auto rollback" },
      { atMs: START, kind: "deploy", label: "canary 10 %" },
      { atMs: START + 5 * STEP, kind: "policy", label: "v8" },
      { atMs: START - 1, kind: "policy", label: "v7" },
    ] as const;
    expect(flags(events, range, 1000).map((flag) => flag.events.length)).toEqual([2, 1]);
  });
});

describe("axes", () => {
  it.each([
    [6, 600_000],
    [12, 300_000],
  ])("puts at most %d ticks on whole steps of the clock", (maximum, step) => {
    const ticks = timeTicks(range.fromMs, range.toMs, maximum);
    expect((ticks[1] ?? 0) - (ticks[0] ?? 0)).toBe(step);
    expect(ticks.every((tick) => tick % step === 0)).toBe(true);
  });

  it.each([
    ["cuts latency that stays far from zero", [668, 952], { fromZero: false }, true],
    ["keeps zero when values come near it", [5, 952], { fromZero: false }, false],
    ["keeps zero for rates", [0.8, 0.9], { fromZero: true }, false],
  ])("%s", (_, values, options, cut) => {
    expect(valueScale(values, options).cut).toBe(cut);
  });

  it("keeps a rate between 0 and 100 %, whatever its interval says", () => {
    expect(valueScale([-0.02, 0.97, 1.03], { fromZero: true, bounds: [0, 1] }).domain).toEqual([0, 1]);
    expect(valueScale([0.9, 1.03], { fromZero: false, bounds: [0, 1] }).domain[1]).toBe(1);
  });

  it("holds every value between its ends, with ticks inside the domain", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.boolean(),
        (values, fromZero) => {
          const { domain, ticks } = valueScale(values, { fromZero });
          const slack = Math.abs(domain[1] - domain[0]) * 1e-6;
          for (const value of values) {
            expect(value).toBeGreaterThanOrEqual(domain[0] - slack);
            expect(value).toBeLessThanOrEqual(domain[1] + slack);
          }
          expect(ticks.length).toBeGreaterThanOrEqual(2);
          expect(ticks.length).toBeLessThanOrEqual(12);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(domain[0] - slack);
            expect(tick).toBeLessThanOrEqual(domain[1] + slack);
          }
        },
      ),
    );
  });
});

describe("geometry", () => {
  it("pushes end labels apart without changing their order", () => {
    const space = { height: 15, bottom: 130 };
    expect(spreadLabels([{ y: 50 }, { y: 48 }, { y: 120 }], space).map((label) => label.y)).toEqual([48, 63, 115]);
    expect(spreadLabels([{ y: 128 }, { y: 128 }], space).map((label) => label.y)).toEqual([100, 115]);
  });

  it("breaks a sparkline at gaps and keeps a lone point visible", () => {
    const place = (value: number, index: number): { x: number; y: number } => ({ x: index, y: value });
    expect(sparklinePath([1, 2, null, 3, null], place)).toBe("M0.0 1.0L1.0 2.0M3.0 3.0h0.01");
  });

  it("finds the nearest window", () => {
    expect(nearestIndex([window(0, 1), window(1, 1)], START + STEP * 0.6)).toBe(1);
    expect(nearestIndex([], START)).toBe(-1);
  });
});

describe("words", () => {
  const names = { candidate: "candidate f91b2aa", control: "control a41c9d2", candidateIsShadow: false };
  const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

  it("reads a window out with both sides, n and the evaluator's word", () => {
    const text = windowSentence(window(0, 910, { breaching: true }), { unit: "ms", names, zone: "utc" });
    expect(plain(text)).toBe(
      "03:00:00 UTC: candidate f91b2aa 910 ms [870–950] n=120; control a41c9d2 910 ms [870–950] n=120; beyond the limit",
    );
  });

  it("says no data for an empty side", () => {
    expect(windowSentence(window(0, null), { unit: "ms", names, zone: "utc" })).toContain("candidate f91b2aa no data");
  });

  it("sums the chart up", () => {
    const limit = { value: 850, label: "limit 850 ms", side: "max" } as const;
    const text = chartSummary([window(0, 910, { breaching: true }), window(1, null)], { unit: "ms", names, limit });
    expect(plain(text)).toBe(
      "2 windows, 1 with data of candidate f91b2aa. Latest 910 ms [870–950] n=120. limit 850 ms: 1 beyond it.",
    );
  });

  it("exports empty cells for no data", () => {
    expect(chartCsv([window(0, null)], "ms").split("\n")[1]).toBe("2026-04-12T03:00:00.000Z,,,,0,,,,0,false,false,ms");
  });
});
