/** The life of one rule from bucket to bucket: which data count, when it breaches, when it is proved, what it remembers. */
import { describe, expect, test } from "vitest";
import type { ArmBucket, EvidenceBucket } from "@/server/domain/evidence/bucket";
import { EMPTY_ARM } from "@/server/domain/evidence/bucket";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { thresholdRule } from "@/server/domain/evidence/threshold-rule";
import type { ThresholdInput } from "@/server/domain/evidence/threshold-rule";

const START_MS = 1_800_000_000_000;
const TICK_MS = 10_000;

/** `p95_ttft_ms: { max: 850 }` without warm-up and sustain, unless overridden. */
function ttftRule(overrides: Partial<RuleConfig> = {}): RuleConfig {
  return {
    ...rule({ metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" }, limit: { kind: "max", value: 850 } }),
    warmupSec: 0,
    sustainSec: 0,
    ...overrides,
  };
}

function rule(input: Pick<ThresholdInput, "metric" | "limit"> & Partial<ThresholdInput>): RuleConfig {
  const result = thresholdRule({
    ruleId: "r1",
    metricName: "metric",
    action: "rollback",
    alpha: 0.01,
    dispersion: { value: 1, assumed: false },
    ...input,
  });
  if (!result.ok) throw new Error(result.message);
  return result.rule;
}

/** `events` of `n`, by three subjects unless told otherwise. */
function arm(n: number, events: number, badSubjects: readonly string[] = ["a", "b", "c"]): ArmBucket {
  return { n, events, badSubjects: events === 0 ? [] : badSubjects };
}

function bucketAt(index: number, candidate: ArmBucket, control: ArmBucket): EvidenceBucket {
  const startMs = START_MS + index * TICK_MS;
  return { startMs, endMs: startMs + TICK_MS, candidate, control };
}

/** Feeds the same two arms `ticks` times. */
function run(config: RuleConfig, ticks: number, candidate: ArmBucket, control: ArmBucket = EMPTY_ARM) {
  let state = startRule(config);
  for (let i = 0; i < ticks; i++) state = advanceRule(state, bucketAt(i, candidate, control), config);
  return state;
}

describe("a limit", () => {
  test("breaches when twice the allowed share of requests is beyond it, and its twin blames the candidate", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 2), arm(20, 0)), config);
    expect(reading).toMatchObject({ status: "breach", breaching: true, twinReached: true, controlReached: false });
  });

  test("is proved kept by clean traffic, and M is then below 1", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 0), arm(20, 0)), config);
    expect(reading.status).toBe("ok");
    expect(reading.m).toBeLessThan(1);
  });

  test("broken by both arms alike is the environment's: the control is at its threshold, the twin is not", () => {
    const config = ttftRule();
    const reading = readRule(run(config, 60, arm(20, 4), arm(20, 4)), config);
    expect(reading).toMatchObject({ status: "breach", twinReached: false, controlReached: true });
  });
});
