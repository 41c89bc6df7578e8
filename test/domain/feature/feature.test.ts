import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeatureRows, leaksIn, profilesOf, valuesOfRows } from "@/server/domain/feature/feature-rows";
import { populationStability } from "@/server/domain/feature/population-stability";
import { stalenessOf } from "@/server/domain/feature/staleness";
import { binsOf, countInto } from "@/server/domain/feature/value-profile";

/** A repeatable stream of numbers in [0, 1). */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("population stability", () => {
  it("is Σ(p−q)·ln(p/q) over the bins", () => {
    // q = (500, 500), p = (700, 300) of 1,000 each, half a value more in each bin.
    const [q, p] = [500.5 / 1001, 700.5 / 1001];
    const expected = (p - q) * Math.log(p / q) + (q - p) * Math.log((1 - p) / (1 - q));
    const { psi, verdict } = populationStability([500, 500], [700, 300]);
    expect(psi).toBeCloseTo(expected, 12);
    expect(verdict).toBe("moved");
    expect(populationStability([500, 500], [200, 800]).verdict).toBe("drift");
  });

  it.each([
    [49, 5_000],
    [5_000, 49],
    [0, 0],
  ])("says nothing of %d against %d values", (reference, sample) => {
    expect(populationStability([reference, 0], [0, sample])).toEqual({
      verdict: "too_few",
      psi: null,
      chance: null,
      referenceCount: reference,
      count: sample,
    });
  });

  it("calls chance no drift: two samples of one distribution stay within it about 99 times in 100", () => {
    const random = stream(7);
    let beyond = 0;
    for (let run = 0; run < 500; run++) {
      const reference = Array.from({ length: 400 }, random);
      const bins = binsOf(reference);
      const { psi, chance } = populationStability(
        countInto(bins, reference),
        countInto(bins, Array.from({ length: 80 }, random)),
      );
      if ((psi ?? 0) > (chance ?? 0)) beyond += 1;
    }
    expect(beyond / 500).toBeLessThan(0.03);
  });

  it("is the same in both directions and zero of equal samples", () => {
    const counts = fc.array(fc.nat(200), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [there, back] = [populationStability(a, b).psi, populationStability(b, a).psi];
        expect(there === null ? null : there.toFixed(9)).toBe(back === null ? null : back.toFixed(9));
        expect(populationStability(a, a).psi ?? 0).toBeCloseTo(0, 12);
      }),
    );
  });
});

describe("profiles", () => {
  it("put numbers into deciles, few values and words into categories, and count what is missing", () => {
    const numbers = Array.from({ length: 1_000 }, (_, i) => i);
    expect(binsOf(numbers)).toEqual({ kind: "numeric", edges: [100, 200, 300, 400, 500, 600, 700, 800, 900] });
    expect(countInto(binsOf(numbers), [0, 99, 100, 5_000, "x", null])).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(binsOf([0, 1, 1])).toEqual({ kind: "categories", values: ["1", "0"] });
    expect(countInto(binsOf(["a", "b", "b"]), ["b", "c", undefined])).toEqual([1, 0, 1, 1]);
  });

  it("lose no value", () => {
    const values = fc.array(fc.oneof(fc.double(), fc.string(), fc.constant(null), fc.boolean()));
    fc.assert(
      fc.property(values, values, (reference, sample) => {
        const counts = countInto(binsOf(reference), sample);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sample.length);
      }),
    );
  });

  it("are made per segment in the bins of the whole", () => {
    const rows = FeatureRows.parse(
      Array.from({ length: 40 }, (_, i) => ({
        entity: `e${i}`,
        time: i,
        segments: { region: i < 10 ? "us-west" : "eu" },
        features: { failures: i },
      })),
    );
    const profiles = profilesOf(rows);
    expect(profiles.map(({ segment, counts }) => [segment, counts.reduce((a, b) => a + b)])).toEqual([
      [null, 40],
      ["region=eu", 30],
      ["region=us-west", 10],
    ]);
    expect(new Set(profiles.map(({ bins }) => bins)).size).toBe(1);
  });
});

it("a value from after its event is a leak", () => {
  const rows = FeatureRows.parse([
    {
      entity: "a",
      time: "2026-04-10T12:00:00Z",
      features: { n: { value: 8, timestamp: "2026-04-11T09:00:00Z" }, m: 1 },
    },
    { entity: "a", time: "2026-04-10T12:00:00Z", features: { n: { value: 5, timestamp: "2026-04-10T09:00:00Z" } } },
  ]);
  expect(leaksIn(valuesOfRows(rows))).toMatchObject([{ row: 0, feature: "n", value: 8 }]);
});

it("staleness counts ages against the time to live, and values from the future apart", () => {
  const served = [0, 10, 20, 100, 110].map((age) => ({ servedMs: 1_000, valueMs: 1_000 - age }));
  expect(stalenessOf([...served, { servedMs: 1_000, valueMs: 1_001 }], 50)).toEqual({
    count: 6,
    staleCount: 2,
    medianAgeMs: 20,
    oldestAgeMs: 110,
    futureCount: 1,
  });
  expect(stalenessOf([], null)).toMatchObject({ count: 0, staleCount: null, medianAgeMs: null });
});
