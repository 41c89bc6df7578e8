import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { G, LAMBDA, PI_G, PI_LAMBDA } from "@/server/domain/evidence/constants";
import { evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import { secondsToDecide, smallestFactor, type ForecastInput } from "@/server/domain/evidence/forecast";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import { thresholdRule, type ThresholdInput } from "@/server/domain/evidence/threshold-rule";
import { parseMetric } from "@/server/domain/metric/metric";

const ALPHA = 0.01;

function ruleFor(metricName: string, limit: ThresholdInput["limit"]): ForecastInput["config"] {
  const metric = parseMetric(metricName);
  if (metric === undefined) throw new Error(metricName);
  const built = thresholdRule({
    ruleId: "r",
    metricName,
    metric,
    limit,
    action: "rollback",
    alpha: ALPHA,
    dispersion: { value: 1, assumed: false },
  });
  if (!built.ok) throw new Error(built.message);
  return { ...built.rule, sustainSec: 0, warmupSec: 0 };
}

/** Uniform numbers in [0, 1), the same for every run (mulberry32). */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TICK_SEC = 10;

function count(random: () => number, expected: number, p: number): { n: number; s: number } {
  const whole = Math.floor(expected);
  const n = whole + (random() < expected - whole ? 1 : 0);
  let s = 0;
  for (let i = 0; i < n; i++) if (random() < p) s += 1;
  return { n, s };
}

/** Seconds until both axes of a rate rule stand at their threshold, from a regression that is there at the start. */
function simulated(given: {
  limit: number;
  p: number;
  control: number;
  candidateRps: number;
  controlRps: number;
  seed: number;
}): number {
  const random = randoms(given.seed);
  let absolute = startEvidence(G.length);
  let relative = startEvidence(G.length);
  const margin = { rho: 1.2, delta: 0 };
  for (let tick = 1; tick < 20_000; tick++) {
    const b = count(random, given.candidateRps * TICK_SEC, given.p);
    const a = count(random, given.controlRps * TICK_SEC, given.control);
    absolute = updateEvidence(absolute, rateEll({ ...b, p0: given.limit, direction: 1 }), TICK_SEC, { dispersion: 1 });
    const counts = { nA: a.n, sA: a.s, nB: b.n, sB: b.s };
    relative = updateEvidence(relative, twoRateEll(counts, margin, 1), TICK_SEC, { dispersion: 1 });
    if (Math.min(evidenceValue(absolute, PI_G), evidenceValue(relative, PI_G)) >= 1 / ALPHA) return tick * TICK_SEC;
  }
  return Infinity;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

describe("a forecast", () => {
  it.each([
    { limit: 0.05, factor: 2, control: 0.02, candidateRps: 2, controlRps: 18 },
    { limit: 0.05, factor: 3, control: 0.02, candidateRps: 0.5, controlRps: 4.5 },
    { limit: 0.02, factor: 2, control: 0.01, candidateRps: 2, controlRps: 2 },
    { limit: 0.004, factor: 5, control: 0.002, candidateRps: 2, controlRps: 38 },
    { limit: 0.05, factor: 1.5, control: 0.03, candidateRps: 4, controlRps: 4 },
  ])("comes true in simulation within a factor of two: %j", ({ limit, factor, control, candidateRps, controlRps }) => {
    const input: ForecastInput = {
      config: ruleFor("error_rate", { kind: "max", value: limit }),
      baseline: { kind: "rate", rate: control },
      pace: { candidate: candidateRps, control: controlRps },
    };
    const runs = Array.from({ length: 41 }, (_, seed) =>
      simulated({ limit, p: limit * factor, control, candidateRps, controlRps, seed: seed + 1 }),
    );
    const ratio = secondsToDecide(input, factor) / median(runs);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it("of a mean comes true in simulation within a factor of two", () => {
    const limit = 0.82;
    const sd = 0.12;
    const factor = limit / 0.78;
    const input: ForecastInput = {
      config: { ...ruleFor("groundedness_score", { kind: "min", value: limit }), minEvents: 0 },
      baseline: { kind: "mean", mean: 0.9, variance: sd ** 2 },
      pace: { candidate: 0.5, control: 50 },
    };
    const runs = Array.from({ length: 41 }, (_, seed) => {
      const random = randoms(seed + 1);
      let evidence = startEvidence(LAMBDA.length);
      for (let n = 1; n < 20_000; n++) {
        // Two values, as far apart as the standard deviation asks.
        const x = 0.78 + (random() < 0.5 ? sd : -sd);
        const ell = LAMBDA.map((lambda) => Math.log1p((lambda * (limit - x)) / (1 - limit)));
        evidence = updateEvidence(evidence, ell, 2, { dispersion: 1 });
        if (evidenceValue(evidence, PI_LAMBDA) >= 1 / ALPHA) return n * 2;
      }
      return Infinity;
    });
    const ratio = secondsToDecide(input, factor) / median(runs);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  const rates: ForecastInput = {
    config: ruleFor("error_rate", { kind: "max", value: 0.05 }),
    baseline: { kind: "rate", rate: 0.02 },
    pace: { candidate: 1, control: 9 },
  };
  const rules: ForecastInput[] = [
    rates,
    { ...rates, config: ruleFor("error_rate", { kind: "max_increase", value: 0.2 }) },
    { ...rates, config: ruleFor("p95_ttft_ms", { kind: "max", value: 850 }) },
    { ...rates, config: ruleFor("p95_ttft_ms", { kind: "max_increase", value: 0.1 }) },
    {
      ...rates,
      config: ruleFor("mean_cost_usd", { kind: "max_increase", value: 0.15 }),
      baseline: { kind: "mean", mean: 0.004, variance: 4e-6 },
    },
  ];

  it.each(rules.map((input) => [input.config.test.axis, input] as const))(
    "is sooner for a greater regression and for more traffic: %s",
    (_, input) => {
      const factor = fc.double({ min: 1.3, max: 10, noNaN: true });
      fc.assert(
        fc.property(factor, fc.double({ min: 1.05, max: 3, noNaN: true }), (size, more) => {
          const seconds = secondsToDecide(input, size);
          expect(secondsToDecide(input, size * more)).toBeLessThanOrEqual(seconds * (1 + 1e-9));
          const pace = { candidate: input.pace.candidate * more, control: input.pace.control * more };
          expect(secondsToDecide({ ...input, pace }, size)).toBeLessThanOrEqual(seconds);
        }),
      );
    },
  );

  it("names the smallest regression that a time allows", () => {
    const factor = smallestFactor(rates, 1_800);
    expect(secondsToDecide(rates, factor)).toBeLessThanOrEqual(1_800);
    expect(secondsToDecide(rates, factor * 0.99)).toBeGreaterThan(1_800);
    expect(smallestFactor(rates, 1)).toBe(Infinity);
  });

  it("never ends without traffic, or where the control is beyond the limit alike", () => {
    expect(secondsToDecide({ ...rates, pace: { candidate: 0, control: 9 } }, 2)).toBe(Infinity);
    expect(secondsToDecide({ ...rates, baseline: { kind: "rate", rate: 0.1 } }, 2)).toBe(Infinity);
  });

  it("waits for three bad events and for the rule's own sample", () => {
    const config = { ...rates.config, minRequests: 100_000 };
    expect(secondsToDecide({ ...rates, config }, 10)).toBe(100_000);
    const rare = ruleFor("toxicity_rate", { kind: "max", value: 1e-6 });
    const seconds = secondsToDecide({ ...rates, config: rare, baseline: { kind: "rate", rate: 0 } }, 1_000);
    expect(seconds).toBeGreaterThanOrEqual(3_000);
  });
});
