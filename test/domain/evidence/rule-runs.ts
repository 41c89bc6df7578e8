/** One rule and arms to feed it with, bucket after bucket. */
import { bucketTimes, ruleOf } from "@/test/arbitraries/evidence";
import { type ArmBucket, type EvidenceBucket, EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { type RuleEvidence, advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";

/** `p95_ttft_ms: { max: 850 }` without warm-up and sustain, unless overridden. */
export function ttftRule(overrides: Partial<RuleConfig> = {}): RuleConfig {
  const rule = ruleOf({
    metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
    limit: { kind: "max", value: 850 },
  });
  return { ...rule, warmupSec: 0, sustainSec: 0, ...overrides };
}

/** `events` of `n`, by three subjects unless told otherwise. */
export function arm(n: number, events: number, badSubjects: readonly string[] = ["a", "b", "c"]): ArmBucket {
  return { n, events, badSubjects: events === 0 ? [] : badSubjects };
}

/** The `index`-th bucket of ten seconds. */
export function bucketAt(index: number, candidate: ArmBucket, control: ArmBucket = EMPTY_ARM): EvidenceBucket {
  return { ...bucketTimes(index), candidate, control };
}

/** Feeds the same arms `ticks` times, from bucket `from` on. */
export function feed(
  state: RuleEvidence,
  config: RuleConfig,
  run: { from: number; ticks: number; candidate: ArmBucket; control?: ArmBucket },
): RuleEvidence {
  let next = state;
  for (let i = 0; i < run.ticks; i++) {
    next = advanceRule(next, bucketAt(run.from + i, run.candidate, run.control), config);
  }
  return next;
}

/** A new rule that was fed the same arms `ticks` times. */
export function run(
  config: RuleConfig,
  ticks: number,
  candidate: ArmBucket,
  control: ArmBucket = EMPTY_ARM,
): RuleEvidence {
  return feed(startRule(config), config, { from: 0, ticks, candidate, control });
}
