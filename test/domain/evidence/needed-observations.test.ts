/** How many more observations a rule needs. */
import { describe, expect, test } from "vitest";
import { moreNeeded } from "@/server/domain/evidence/needed-observations";
import { startRule } from "@/server/domain/evidence/rule-evidence";
import { arm, run, ttftRule } from "./rule-runs";

describe("how much more is needed", () => {
  test("nothing can be said without data, or exactly at the limit", () => {
    const config = ttftRule();
    expect(moreNeeded(startRule(config), config)).toBeUndefined();
    expect(moreNeeded(run({ ...config, alpha: 1e-9 }, 1, arm(20, 1)), config)).toBeUndefined();
  });

  test("falls as data come in, to nothing", () => {
    const config = ttftRule();
    const needed = [5, 10, 20, 60].map((ticks) => moreNeeded(run(config, ticks, arm(20, 0)), config) ?? Number.NaN);
    expect(needed).toEqual(needed.toSorted((a, b) => b - a));
    expect(needed.at(-1)).toBe(0);
  });

  test("is at least what min_requests lacks", () => {
    const config = ttftRule({ minRequests: 10_000 });
    expect(moreNeeded(run(config, 60, arm(20, 0)), config)).toBe(8_800);
  });
});
