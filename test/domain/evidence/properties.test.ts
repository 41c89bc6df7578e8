/** What must hold for any data: merging, replay, monotonicity, symmetry. fast-check prints the seed of a failure. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RULES, arms, histories, pairs } from "@/test/arbitraries/evidence";
import type { EvidenceBucket } from "@/server/domain/evidence/bucket";
import { mergeArms, mergePairs } from "@/server/domain/evidence/bucket";
import { GRID_SIZE, HORIZON_SEC, PI_G, SPREAD_WEIGHT, START_WEIGHT } from "@/server/domain/evidence/constants";
import { decideFromEvidence } from "@/server/domain/evidence/decide";
import { evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import { symmetricEll } from "@/server/domain/evidence/mean-kernel";
import { proofLogValue } from "@/server/domain/evidence/proof";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import type { RuleEvidence } from "@/server/domain/evidence/rule-evidence";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { DIFFERENCE_EDGES, SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";

const everyRule = Object.entries(RULES);

function replay(history: readonly EvidenceBucket[], config: RuleConfig): RuleEvidence {
  return history.reduce((state, bucket) => advanceRule(state, bucket, config), startRule(config));
}

/** Every number in a JSON-like value. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

const counts = fc
  .record({ n: fc.integer({ min: 0, max: 500 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ n, share }) => ({ n, s: Math.round(n * share) }));

describe("buckets", () => {
  test("merging arms and pairs is associative and order-free", () => {
    fc.assert(
      fc.property(arms, arms, arms, (a, b, c) => {
        expect(mergeArms(mergeArms(a, b), c)).toEqual(mergeArms(a, mergeArms(b, c)));
        expect(mergeArms(a, b)).toEqual(mergeArms(b, a));
      }),
    );
    fc.assert(
      fc.property(pairs, pairs, pairs, (a, b, c) => {
        expect(mergePairs(mergePairs(a, b), c)).toEqual(mergePairs(a, mergePairs(b, c)));
        expect(mergePairs(a, b)).toEqual(mergePairs(b, a));
      }),
    );
  });

  test("the order of values inside a bucket changes nothing", () => {
    const values = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 50 });
    const shuffled = values.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const fill = (items: readonly number[]) => {
          const tent = emptyTent(SCORE_EDGES);
          for (const item of items) tentAdd(tent, SCORE_EDGES, item / 40);
          return tent;
        };
        expect(fill(list)).toEqual(fill(other));
      }),
    );
  });

  test("a tent histogram keeps the count and the sum of values within its edges", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (values) => {
        const tent = emptyTent(SCORE_EDGES);
        for (const value of values) tentAdd(tent, SCORE_EDGES, value);
        const sum = tent.reduce((total, mass, j) => total + mass * (SCORE_EDGES[j] ?? 0), 0);
        expect(tent.reduce((total, mass) => total + mass, 0)).toBeCloseTo(values.length, 9);
        expect(sum).toBeCloseTo(
          values.reduce((total, value) => total + value, 0),
          9,
        );
      }),
    );
  });
});

describe.each(everyRule)("rule %s", (_name, config) => {
  test("replaying the same buckets gives the same state, bit for bit", () => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(replay(history, config)).toStrictEqual(replay(history, config));
      }),
      { numRuns: 30 },
    );
  });

  test("a state that was stored as JSON and read again continues as if it had not been", () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, cut) => {
        const at = cut % history.length;
        let stored: RuleEvidence = replay(history.slice(0, at), config);
        // A round trip through JSON cannot be typed; equality with the original is what is tested.
        stored = JSON.parse(JSON.stringify(stored)) as RuleEvidence;
        const continued = history.slice(at).reduce((state, bucket) => advanceRule(state, bucket, config), stored);
        expect(continued).toStrictEqual(replay(history, config));
      }),
      { numRuns: 30 },
    );
  });

  test("every number of a state is finite", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const flood = {
          n: 1e9,
          events: 1e9,
          badSubjects: ["a"],
          tent: [1e9, ...Array.from({ length: 20 }, () => 0)],
          bins: [[360, 1e9] as const],
        };
        const last = history.at(-1);
        if (last === undefined) return;
        const flooded = { ...last, startMs: last.endMs, endMs: last.endMs + 10_000, candidate: flood, control: flood };
        for (const value of numbersIn(replay([...history, flooded], config))) expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("taking a bucket twice is taking it once", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const twice = history.flatMap((bucket) => [bucket, bucket]);
        expect(replay(twice, config)).toStrictEqual(replay(history, config));
      }),
      { numRuns: 30 },
    );
  });
});

/** How severe a decision is; a hold is a continue that may not be promoted. */
const SEVERITY = { continue: 0, hold: 1, pause_for_review: 2, rollback: 3 } as const;

function severity(history: readonly EvidenceBucket[], config: RuleConfig): number {
  const reading = readRule(replay(history, config), config);
  const rule = { reading, required: true, acknowledged: false, incomparable: false };
  const decision = decideFromEvidence({
    rules: [rule],
    controlExists: true,
    candidateShare: 0.1,
    splitMismatch: false,
    telemetryErrors: false,
  });
  return SEVERITY[decision.outcome];
}

describe("worse is never milder", () => {
  test.each(["rate", "minRate", "quantile", "rateIncrease"])("%s: one more bad request of the candidate", (name) => {
    const config = RULES[name];
    if (config === undefined) throw new Error(`no rule ${name}`);
    fc.assert(
      fc.property(histories, fc.nat(), (history, pick) => {
        const at = pick % history.length;
        const worse = history.map((bucket, i) => {
          const { candidate } = bucket;
          if (i !== at || candidate.events >= candidate.n) return bucket;
          return { ...bucket, candidate: { ...candidate, events: candidate.events + 1 } };
        });
        const [before, after] = [replay(history, config), replay(worse, config)];
        expect(after.values.m).toBeGreaterThanOrEqual(before.values.m);
        expect(after.values.twinM ?? 0).toBeGreaterThanOrEqual(before.values.twinM ?? 0);
        expect(after.values.proofLog).toBeLessThanOrEqual(before.values.proofLog);
        expect(severity(worse, config)).toBeGreaterThanOrEqual(severity(history, config));
      }),
      { numRuns: 60 },
    );
  });

  test.each(["score", "scoreDecrease"])("%s: one answer of the candidate scored lower", (name) => {
    const config = RULES[name];
    if (config === undefined) throw new Error(`no rule ${name}`);
    fc.assert(
      fc.property(histories, fc.nat(), (history, pick) => {
        const at = pick % history.length;
        const worse = history.map((bucket, i) => {
          const tent = [...(bucket.candidate.tent ?? [])];
          const from = tent.findLastIndex((mass) => mass >= 1);
          if (i !== at || from < 1) return bucket;
          tent[from] = (tent[from] ?? 0) - 1;
          tent[0] = (tent[0] ?? 0) + 1;
          return { ...bucket, candidate: { ...bucket.candidate, tent } };
        });
        const [before, after] = [replay(history, config), replay(worse, config)];
        expect(after.values.m).toBeGreaterThanOrEqual(before.values.m);
        expect(after.values.proofLog).toBeLessThanOrEqual(before.values.proofLog);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the engine", () => {
  test("a tick without data only adds its prior weight", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 600 }), ({ s, n }, dtSec) => {
        const before = updateEvidence(startEvidence(GRID_SIZE), rateEll({ s, n, p0: 0.05, direction: 1 }), 10, {
          dispersion: 1,
        });
        const after = updateEvidence(before, rateEll({ s: 0, n: 0, p0: 0.05, direction: 1 }), dtSec, { dispersion: 1 });
        const added = (SPREAD_WEIGHT * dtSec) / HORIZON_SEC;
        expect(after.weights).toEqual(before.weights.map((weight) => Math.min(1e280, weight + added)));
      }),
    );
  });

  test("one long tick adds as much prior weight as many short ones", () => {
    const zeros = Array.from({ length: GRID_SIZE }, () => 0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (ticks) => {
        let short = startEvidence(GRID_SIZE);
        for (let i = 0; i < ticks; i++) short = updateEvidence(short, zeros, 10, { dispersion: 1 });
        const long = updateEvidence(startEvidence(GRID_SIZE), zeros, 10 * ticks, { dispersion: 1 });
        expect(short.elapsedSec).toBe(long.elapsedSec);
        expect(evidenceValue(short, PI_G)).toBeCloseTo(evidenceValue(long, PI_G), 9);
        expect(evidenceValue(long, PI_G)).toBeCloseTo(START_WEIGHT + (SPREAD_WEIGHT * 10 * ticks) / HORIZON_SEC, 9);
      }),
    );
  });

  test("more of the same evidence never weakens it", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 5 }), ({ s, n }, times) => {
        const once = proofLogValue(rateEll({ s, n, p0: 0.05, direction: 1 }), PI_G);
        const more = proofLogValue(rateEll({ s: s * times, n: n * times, p0: 0.05, direction: 1 }), PI_G);
        fc.pre(once >= 0);
        expect(more).toBeGreaterThanOrEqual(once - 1e-9);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 500 }), (n, extra) => {
        const proof = (clean: number) => proofLogValue(rateEll({ s: 0, n: clean, p0: 0.05, direction: -1 }), PI_G);
        expect(proof(n + extra)).toBeGreaterThanOrEqual(proof(n));
      }),
    );
  });

  test("swapping the tracks turns evidence for worse into evidence for better", () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const straight = twoRateEll({ sA: a.s, nA: a.n, sB: b.s, nB: b.n }, { rho: 1, delta: 0 }, 1);
        const swapped = twoRateEll({ sA: b.s, nA: b.n, sB: a.s, nB: a.n }, { rho: 1, delta: 0 }, -1);
        for (const [k, value] of straight.entries()) expect(swapped[k]).toBeCloseTo(value, 7);
      }),
    );
    fc.assert(
      fc.property(pairs, ({ tent = [] }) => {
        const tilt = (mass: readonly number[]) => {
          const own = symmetricEll(DIFFERENCE_EDGES, mass);
          const mirrored = symmetricEll(DIFFERENCE_EDGES, mass.toReversed());
          return own.map((value, k) => value - (mirrored[k] ?? 0));
        };
        for (const [k, value] of tilt(tent).entries()) expect(tilt(tent.toReversed())[k]).toBeCloseTo(-value, 6);
      }),
    );
  });

  test("a greater design effect never gives more evidence from the same breach", () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 1, max: 10, noNaN: true }), ({ s, n }, dispersion) => {
        const ell = rateEll({ s, n, p0: 0.05, direction: 1 });
        const value = (phi: number) =>
          evidenceValue(updateEvidence(startEvidence(GRID_SIZE), ell, 10, { dispersion: phi }), PI_G);
        fc.pre(ell.every((x) => x >= 0));
        expect(value(dispersion)).toBeLessThanOrEqual(value(1));
      }),
    );
  });
});
