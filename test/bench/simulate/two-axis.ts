/**
 * Bar B6: incidents that hit both tracks must not cost a healthy release. Runs the production path: rule, state, table.
 */
import type { ArmBucket } from "@/server/domain/evidence/bucket";
import { decideFromEvidence } from "@/server/domain/evidence/decide";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { ruleOf } from "@/test/arbitraries/evidence";
import { threeInARow } from "@/test/bench/rivals/window-rule";
import type { Bar } from "./bar";
import { median, percent } from "./bar";
import { randomStream } from "./random";
import { TICKS_PER_DAY, TICK_SEC, weatherTraffic } from "./traffic";

const LIMIT = 0.05;
const HALF_DAY = TICKS_PER_DAY / 2;

/** What happened in one run; ticks, undefined for never. */
interface RunResult {
  readonly rollbackTick: number | undefined;
  readonly paused: boolean;
  readonly plainTick: number | undefined;
}

/** `error_rate: { max: 0.05 }` as a policy would have it, with the whole budget for this one rule. */
function errorRule(): RuleConfig {
  const rule = ruleOf({ metric: { kind: "rate", event: "error" }, limit: { kind: "max", value: LIMIT } });
  // The shared weather is synthetic: no cold caches to wait for.
  return { ...rule, warmupSec: 0 };
}

function arm(n: number, events: number, index: number): ArmBucket {
  return { n, events, badSubjects: events > 0 ? [`subject-${index % 100}`] : [] };
}

function simulate(seed: number, run: number, ratio: number): RunResult {
  const config = errorRule();
  const random = randomStream(seed, run);
  const traffic = weatherTraffic(random, { base: 0.03, rpsA: 5, rpsB: 5, ratio, changeAt: HALF_DAY, incident: 5 });
  const plain = threeInARow(LIMIT);
  const plainRun = plain.start();
  let state = startRule(config);
  let paused = false;
  let plainTick: number | undefined;
  for (let i = 0; i < TICKS_PER_DAY; i++) {
    const tick = traffic(i);
    if (plainRun(tick, i) >= plain.nominal) plainTick ??= i;
    const bucket = {
      startMs: i * TICK_SEC * 1_000,
      endMs: (i + 1) * TICK_SEC * 1_000,
      candidate: arm(tick.nB, tick.sB, i),
      control: arm(tick.nA, tick.sA, i),
    };
    state = advanceRule(state, bucket, config);
    const { outcome } = decideFromEvidence({
      rules: [{ reading: readRule(state, config), required: true, acknowledged: false, incomparable: false }],
      controlExists: true,
      candidateShare: 0.5,
      splitMismatch: false,
      telemetryErrors: false,
    });
    if (outcome === "rollback") return { rollbackTick: i, paused, plainTick };
    if (outcome === "pause_for_review") paused = true;
  }
  return { rollbackTick: undefined, paused, plainTick };
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}

export function barTwoAxis({
  runs,
  falseBound,
  detectBound,
}: {
  runs: number;
  falseBound: number;
  detectBound: number;
}): Bar {
  const days = (seed: number, ratio: number) => Array.from({ length: runs }, (_, run) => simulate(seed, run, ratio));
  const healthy = days(600, 1);
  const doubled = days(601, 2);
  const falseShare = Math.max(
    share(healthy, ({ rollbackTick }) => rollbackTick !== undefined),
    share(doubled, ({ rollbackTick }) => rollbackTick !== undefined && rollbackTick < HALF_DAY),
  );
  const detected = share(doubled, ({ rollbackTick }) => rollbackTick !== undefined && rollbackTick >= HALF_DAY);
  const delays = doubled.flatMap(({ rollbackTick }) =>
    rollbackTick === undefined || rollbackTick < HALF_DAY ? [] : [((rollbackTick - HALF_DAY + 1) * TICK_SEC) / 60],
  );
  const plain = share(healthy, ({ plainTick }) => plainTick !== undefined);
  const paused = share(healthy, (result) => result.paused);
  return {
    id: "B6",
    demand: `two shared incidents a day: false rollback ≤ ${percent(falseBound)}, a doubled rate found in ≥ ${percent(detectBound)}`,
    measured: `${percent(falseShare)} false, ${percent(detected)} found after ${median(delays).toFixed(1)} min in the median; healthy releases paused ${percent(paused)}; three in a row rolls back ${percent(plain)} of healthy ones (${runs} runs each)`,
    met: falseShare <= falseBound && detected >= detectBound,
  };
}
