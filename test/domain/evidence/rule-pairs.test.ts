/** A rule on pairs of a request and its shadow. */
import { describe, expect, test } from "vitest";
import { ruleOf } from "@/test/arbitraries/evidence";
import { type PairBucket, EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { type RuleEvidence, advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { DIFFERENCE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import { bucketAt } from "./rule-runs";

/** Pairs of which `worse` have a difference of −0.2, the rest `usual`. */
function pairsOf(n: number, worse: number, usual = 0): PairBucket {
  const tent = emptyTent(DIFFERENCE_EDGES);
  for (let i = 0; i < n; i++) tentAdd(tent, DIFFERENCE_EDGES, i < worse ? -0.2 : usual);
  return { n, tent, candidateOnly: worse, controlOnly: 0, badSubjects: ["a", "b", "c"] };
}

describe("pairs of a shadow", () => {
  const drop = ruleOf({
    metric: { kind: "score", name: "groundedness" },
    limit: { kind: "max_decrease", value: 0.02 },
    paired: true,
  });
  const shift = ruleOf({
    metric: { kind: "score", name: "groundedness" },
    limit: { kind: "max_decrease", value: 0 },
    action: "pause_for_review",
    paired: true,
  });
  const discordant = ruleOf({
    metric: { kind: "rate", event: "toxicity" },
    limit: { kind: "max_increase", value: 0 },
    paired: true,
  });

  function runPairs(config: RuleConfig, ticks: number, pairs: PairBucket): RuleEvidence {
    let state = startRule(config);
    for (let i = 0; i < ticks; i++) state = advanceRule(state, { ...bucketAt(i, EMPTY_ARM), pairs }, config);
    return state;
  }

  test.each([
    { name: "a drop beyond the margin", config: drop },
    { name: "a shift", config: shift },
    { name: "errors of the candidate only", config: discordant },
  ])("$name breaches by itself", ({ config }) => {
    const state = runPairs(config, 20, pairsOf(10, 6));
    expect(readRule(state, config)).toMatchObject({ status: "breach", attribution: "self", n: 200, events: 120 });
  });

  test.each([
    // The difference is candidate − 0.98·control: equal answers of 0.9 are 0.018 better than allowed.
    { name: "the margin", config: drop, usual: 0.018 },
    { name: "no shift", config: shift, usual: 0 },
  ])("equal answers prove $name", ({ config, usual }) => {
    const state = runPairs(config, 200, pairsOf(10, 0, usual));
    expect(readRule(state, config).m).toBeLessThan(1);
    expect(readRule(state, config).status).toBe("ok");
  });

  test("pairs that agree say nothing about errors", () => {
    expect(runPairs(discordant, 20, pairsOf(10, 0)).values.m).toBeCloseTo(0.5, 2);
  });
});
