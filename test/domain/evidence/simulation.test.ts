/**
 * The simulated bars in small: a few hundred days with fixed seeds, bounds that only a defect exceeds. The full figures come
 * from test/bench/simulate/main.ts. Deterministic: the same numbers on every run.
 */
import { describe, expect, test } from "vitest";
import { upperBound } from "@/test/bench/simulate/bar";
import { CONVERSATIONS, barClusters } from "@/test/bench/simulate/clusters";
import { SITES, barRequests, delayCells } from "@/test/bench/simulate/delays";
import {
  alarmsAtLimit,
  barBelowLimit,
  barFamily,
  barSameRelease,
  plainRuleAtLimit,
} from "@/test/bench/simulate/false-alarms";
import { barIntervals } from "@/test/bench/simulate/intervals";
import { betaOfCorrelation, gamma, poisson, randomStream } from "@/test/bench/simulate/random";
import { barValues } from "@/test/bench/simulate/values";
import { barTwoAxis } from "@/test/bench/simulate/two-axis";

describe("the random numbers", () => {
  const moments = (draw: () => number) => {
    const values = Array.from({ length: 40_000 }, draw);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length };
  };

  test.each([0.03, 2, 11.9, 12.1, 190])("Poisson of mean %d has its mean and variance", (mean) => {
    const random = randomStream(1, 1);
    const found = moments(() => poisson(random, mean));
    expect(Math.abs(found.mean / mean - 1)).toBeLessThan(0.03);
    expect(Math.abs(found.variance / mean - 1)).toBeLessThan(0.04);
  });

  test.each([0.05, 0.7, 9])("gamma of shape %d has its mean and variance", (shape) => {
    const random = randomStream(2, 1);
    const found = moments(() => gamma(random, shape));
    expect(Math.abs(found.mean / shape - 1)).toBeLessThan(0.05);
    expect(Math.abs(found.variance / shape - 1)).toBeLessThan(0.1);
  });

  test("conversations have the mean and the correlation they are asked for", () => {
    const random = randomStream(3, 1);
    const found = moments(() => betaOfCorrelation(random, 0.05, 0.2));
    expect(found.mean).toBeCloseTo(0.05, 2);
    expect(found.variance / (0.05 * 0.95)).toBeCloseTo(0.2, 1);
  });

  test("a run's stream does not depend on other runs", () => {
    const draw = (run: number) => Array.from({ length: 5 }, randomStream(7, run));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  test("the upper bound of a share is the exact one", () => {
    expect(upperBound({ alarms: 0, runs: 100 })).toBeCloseTo(1 - 0.025 ** 0.01, 6);
    expect(upperBound({ alarms: 5, runs: 100 })).toBeCloseTo(0.1128, 4);
    expect(upperBound({ alarms: 3, runs: 3 })).toBe(1);
  });
});

/** Seconds of computing each; a busy machine may need minutes for them. */
const PATIENT = { timeout: 300_000 };

describe("false alarms", PATIENT, () => {
  test("exactly at the limit", () => {
    const shares = alarmsAtLimit(60);
    const alarms = shares.reduce((sum, share) => sum + share.alarms, 0);
    // 540 days at 1 % or less: more than 14 alarms would happen once in 2,000 such tests.
    expect(alarms).toBeLessThanOrEqual(14);
    expect(alarms).toBeGreaterThan(0);
  });

  test("the plain rule cannot do this: it rolls back every day", () => {
    expect(plainRuleAtLimit(5, 1).match(/100\.00 %/g)).toHaveLength(9);
  });

  test("at three quarters of the limit", () => {
    const bar = barBelowLimit({ runs: 30, bound: 0.02 });
    expect(bar.met, bar.measured).toBe(true);
  });

  test("of six rules in three days", () => {
    const bar = barFamily({ runs: 20, bounds: [0.05, 0.1] });
    expect(bar.met, bar.measured).toBe(true);
  });

  test("of a release against itself", () => {
    const bar = barSameRelease({ runs: 40, bound: 0.05 });
    expect(bar.met, bar.measured).toBe(true);
  });

  test("of conversations: the design effect is what keeps the promise", () => {
    const kinds = CONVERSATIONS.filter(({ correlation }) => correlation === 0.2);
    const { bar, table } = barClusters({ runs: 20, bound: 0.05, kinds });
    expect(bar.met, bar.measured).toBe(true);
    const withoutCorrection = Number(/\| ([\d.]+) % \//.exec(table)?.[1]);
    expect(withoutCorrection).toBeGreaterThan(50);
  });

  test("of values exactly at what is allowed, which are found when they go beyond", () => {
    const bar = barValues({ runs: 2, searches: 5, bound: 0 });
    expect(bar.met, bar.measured).toBe(true);
  });

  test("of incidents that hit both tracks", () => {
    const bar = barTwoAxis({ runs: 20, falseBound: 0.05, detectBound: 0.95 });
    expect(bar.met, bar.measured).toBe(true);
  });

  test("of intervals that are looked at all the time", () => {
    const bar = barIntervals({ runs: 300 });
    expect(bar.met, bar.measured).toBe(true);
  });
});

test("requests until a regression is found", PATIENT, () => {
  const sites = SITES.filter(({ axis, base, rpsB }) => axis === "limit" && base !== 0.02 && rpsB === 2);
  const bar = barRequests(delayCells({ nullRuns: 0, runs: 60, sites, only: "ours" }));
  expect(bar.met, bar.measured).toBe(true);
});
