/** Random buckets and rules for property tests of the evidence engine. */
import * as fc from "fast-check";
import type { ArmBucket, EvidenceBucket, PairBucket } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { DIFFERENCE_EDGES, SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import type { ThresholdInput } from "@/server/domain/evidence/threshold-rule";
import { thresholdRule } from "@/server/domain/evidence/threshold-rule";

const BUCKET_MS = 10_000;
const EPOCH_MS = 1_800_000_000_000;

/** A rule from a threshold; throws where the threshold cannot be tested. */
export function ruleOf(input: Pick<ThresholdInput, "metric" | "limit"> & Partial<ThresholdInput>): RuleConfig {
  const result = thresholdRule({
    ruleId: "rule",
    metricName: "metric",
    action: "rollback",
    alpha: 0.01,
    dispersion: { value: 1, assumed: false },
    ...input,
  });
  if (!result.ok) throw new Error(result.message);
  return result.rule;
}

/** One rule of every kind of statement, without warm-up so that short histories carry evidence. */
export const RULES: Readonly<Record<string, RuleConfig>> = Object.fromEntries(
  Object.entries({
    rate: ruleOf({ metric: { kind: "rate", event: "error" }, limit: { kind: "max", value: 0.05 } }),
    minRate: ruleOf({ metric: { kind: "rate", event: "task_completion" }, limit: { kind: "min", value: 0.91 } }),
    quantile: ruleOf({ metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" }, limit: { kind: "max", value: 850 } }),
    score: ruleOf({ metric: { kind: "score", name: "groundedness" }, limit: { kind: "min", value: 0.82 } }),
    rateIncrease: ruleOf({ metric: { kind: "rate", event: "error" }, limit: { kind: "max_increase", value: 0.2 } }),
    scoreDecrease: ruleOf({
      metric: { kind: "score", name: "groundedness" },
      limit: { kind: "max_decrease", value: 0.05 },
    }),
    quantileIncrease: ruleOf({
      metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
      limit: { kind: "max_increase", value: 0.1 },
    }),
    pairedScore: ruleOf({
      metric: { kind: "score", name: "groundedness" },
      limit: { kind: "max_decrease", value: 0.05 },
      paired: true,
    }),
    pairedShift: ruleOf({
      metric: { kind: "score", name: "groundedness" },
      limit: { kind: "max_decrease", value: 0 },
      action: "pause_for_review",
      paired: true,
    }),
    pairedRate: ruleOf({
      metric: { kind: "rate", event: "toxicity" },
      limit: { kind: "max_increase", value: 0 },
      paired: true,
    }),
  }).map(([name, rule]) => [name, { ...rule, warmupSec: 0, sustainSec: 0 }]),
);

const subjects = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{4}$/), { maxLength: 3 }).map((list) => list.toSorted());

/** An arm with everything any rule may read; all sums are exact in binary, so that merging is exact too. */
export const arms: fc.Arbitrary<ArmBucket> = fc
  .record({
    values: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }),
    eventShare: fc.integer({ min: 0, max: 4 }),
    badSubjects: subjects,
    bins: fc.array(fc.integer({ min: 300, max: 360 }), { maxLength: 30 }),
  })
  .map(({ values, eventShare, badSubjects, bins }) => {
    const tent = emptyTent(SCORE_EDGES);
    for (const value of values) tentAdd(tent, SCORE_EDGES, value / 20);
    const counts = new Map<number, number>();
    for (const bin of bins.slice(0, values.length)) counts.set(bin, (counts.get(bin) ?? 0) + 1);
    return {
      n: values.length,
      events: Math.floor((values.length * eventShare) / 4),
      badSubjects,
      tent,
      bins: [...counts].toSorted(([a], [b]) => a - b),
    };
  });

/** Pairs with differences on the edges. */
export const pairs: fc.Arbitrary<PairBucket> = fc
  .record({ steps: fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 20 }), badSubjects: subjects })
  .map(({ steps, badSubjects }) => {
    const tent = emptyTent(DIFFERENCE_EDGES);
    for (const step of steps) tentAdd(tent, DIFFERENCE_EDGES, step / 40);
    return {
      n: steps.length,
      tent,
      candidateOnly: steps.filter((step) => step < 0).length,
      controlOnly: steps.filter((step) => step > 0).length,
      badSubjects,
    };
  });

/** A history of successive buckets, some of them with an empty arm. */
export const histories: fc.Arbitrary<readonly EvidenceBucket[]> = fc
  .array(fc.record({ candidate: arms, control: arms, pairs }), { minLength: 1, maxLength: 12 })
  .map((list) => list.map((sums, i) => ({ ...bucketTimes(i), ...sums })));

/** The i-th bucket's time. */
export function bucketTimes(index: number): { startMs: number; endMs: number } {
  const startMs = EPOCH_MS + index * BUCKET_MS;
  return { startMs, endMs: startMs + BUCKET_MS };
}
