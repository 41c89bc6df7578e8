/** From stored sums to the buckets of a rule: which source the values beyond a limit are counted from. */
import { describe, expect, test } from "vitest";
import { armBuckets } from "@/server/controller/evidence-buckets";
import { addValue, emptyAggregate } from "@/server/domain/window/aggregate";
import { Histogram } from "@/server/domain/window/histogram";
import type { Exceedance } from "@/server/store/telemetry-reader";
import { ruleOf } from "@/test/arbitraries/evidence";

const LIMIT_US = 850_000;
const rule = ruleOf({
  metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
  limit: { kind: "max", value: 850 },
});

/** Sums of the values, with the exact count of those beyond the limit where one was kept. */
function sums(valuesMs: readonly number[], counted?: number): Parameters<typeof armBuckets>[1]["candidate"] {
  const aggregate = emptyAggregate(new Histogram());
  for (const value of valuesMs) addValue(aggregate, value * 1_000);
  const exceedances: Exceedance[] = counted === undefined ? [] : [{ limit: LIMIT_US, side: "above", count: counted }];
  return { aggregate, exceedances };
}

/** 855 ms is beyond 850 ms, but in the limit's own bin of the histogram. */
const JUST_BEYOND = [855, 855, 855, 400];

describe("values beyond a limit", () => {
  test("are counted exactly where both arms were", () => {
    const { candidate, control } = armBuckets(rule, { candidate: sums(JUST_BEYOND, 3), control: sums(JUST_BEYOND, 3) });
    expect([candidate.events, control.events]).toEqual([3, 3]);
  });

  test.each(["candidate", "control"] as const)("are rounded in both arms where the %s was not counted", (arm) => {
    const arms = { candidate: sums(JUST_BEYOND, 3), control: sums(JUST_BEYOND, 3), [arm]: sums(JUST_BEYOND) };
    const { candidate, control } = armBuckets(rule, arms);
    expect([candidate.events, control.events]).toEqual([0, 0]);
  });

  test("an arm without data does not make the other's count any less exact", () => {
    const { candidate, control } = armBuckets(rule, { candidate: sums(JUST_BEYOND, 3), control: undefined });
    expect([candidate.events, control.n]).toEqual([3, 0]);
  });

  test("a count that began within the bucket is a part, and is not used in either arm", () => {
    const slow = [2_000, 2_000, 2_000, 2_000];
    const { candidate, control } = armBuckets(rule, { candidate: sums(slow, 4), control: sums(slow, 1) });
    expect([candidate.events, control.events]).toEqual([4, 4]);
  });
});
