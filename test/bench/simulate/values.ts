/**
 * Rules on values instead of events, on the production path: latency quantiles and token means against a control with heavy
 * tails and shared load, and judge scores against a limit. Exactly at what the policy allows they must stay silent (bar B4b).
 */
import type { ArmBucket } from "@/server/domain/evidence/bucket";
import { SKETCH_GAMMA } from "@/server/domain/evidence/constants";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { advanceRule, startRule } from "@/server/domain/evidence/rule-evidence";
import { emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import { ruleOf } from "@/test/arbitraries/evidence";
import type { Bar } from "./bar";
import { median, percent } from "./bar";
import type { Random } from "./random";
import { betaOfCorrelation, normal, poisson, randomStream } from "./random";
import { TICKS_PER_DAY, TICK_SEC } from "./traffic";

/** A rule, and how an observation of either arm is drawn under the tick's shared load. */
interface ValueCase {
  readonly name: string;
  readonly rule: RuleConfig;
  readonly perTick: number;
  readonly control: (random: Random, load: number) => number;
  /** At the boundary of what the rule allows, and clearly beyond it. */
  readonly allowed: (random: Random, load: number) => number;
  readonly broken: (random: Random, load: number) => number;
}

/** Log-normal with median 300·load and the usual spread of a time to first token. */
function latency(random: Random, load: number): number {
  return 300 * load * Math.exp(0.55 * normal(random));
}

/** Log-normal token counts with a heavier tail. */
function tokens(random: Random, load: number): number {
  return 500 * load * Math.exp(0.9 * normal(random));
}

/** Scores with standard deviation 0.12 around a mean of 0.82. */
function score(mean: number): (random: Random) => number {
  return (random) => betaOfCorrelation(random, mean, 0.12 ** 2 / (mean * (1 - mean)));
}

const CASES: readonly ValueCase[] = [
  {
    name: "p95 latency, +10 % allowed",
    rule: ruleOf({
      metric: { kind: "quantile", q: 0.95, measure: "ttft_ms" },
      limit: { kind: "max_increase", value: 0.1 },
    }),
    perTick: 20,
    control: latency,
    allowed: (random, load) => 1.1 * latency(random, load),
    broken: (random, load) => 1.35 * latency(random, load),
  },
  {
    name: "mean tokens, +15 % allowed",
    rule: ruleOf({ metric: { kind: "mean", measure: "total_tokens" }, limit: { kind: "max_increase", value: 0.15 } }),
    perTick: 20,
    control: tokens,
    allowed: (random, load) => 1.15 * tokens(random, load),
    broken: (random, load) => 1.5 * tokens(random, load),
  },
  {
    name: "score against control, −5 % allowed",
    rule: ruleOf({ metric: { kind: "score", name: "groundedness" }, limit: { kind: "max_decrease", value: 0.05 } }),
    perTick: 5,
    control: score(0.84),
    allowed: score(0.84 * 0.95),
    broken: score(0.74),
  },
  {
    name: "score at least 0.82",
    rule: ruleOf({ metric: { kind: "score", name: "groundedness" }, limit: { kind: "min", value: 0.82 } }),
    perTick: 5,
    control: score(0.82),
    allowed: score(0.82),
    broken: score(0.78),
  },
];

function armOf(values: readonly number[], { counted }: RuleConfig): ArmBucket {
  const arm = { n: values.length, events: values.length, badSubjects: ["a", "b", "c"] };
  if (counted.tentEdges !== undefined) {
    const tent = emptyTent(counted.tentEdges);
    for (const value of values) tentAdd(tent, counted.tentEdges, value);
    return { ...arm, tent };
  }
  const counts = new Map<number, number>();
  for (const value of values) {
    const index = Math.ceil(Math.log(value) / Math.log(SKETCH_GAMMA));
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return { ...arm, bins: [...counts].toSorted(([a], [b]) => a - b) };
}

const LOAD_MEMORY = Math.exp(-1 / 60);

/** Tick of the first M ≥ 100, undefined for none. */
function firstAlarm(
  { rule, perTick, control }: ValueCase,
  draw: (random: Random, load: number) => number,
  { seed, run, ticks, changeAt }: { seed: number; run: number; ticks: number; changeAt: number },
): number | undefined {
  const random = randomStream(seed, run);
  const many = (from: (random: Random, load: number) => number, load: number) =>
    Array.from({ length: poisson(random, perTick) }, () => from(random, load));
  let state = startRule(rule);
  let shock = 0;
  for (let i = 0; i < ticks; i++) {
    shock = LOAD_MEMORY * shock + 0.3 * Math.sqrt(1 - LOAD_MEMORY ** 2) * normal(random);
    const load = Math.exp(shock);
    const bucket = {
      startMs: i * TICK_SEC * 1_000,
      endMs: (i + 1) * TICK_SEC * 1_000,
      candidate: armOf(many(i < changeAt ? control : draw, load), rule),
      control: armOf(many(control, load), rule),
    };
    state = advanceRule(state, bucket, { ...rule, warmupSec: 0 });
    if (state.values.m >= 1 / rule.alpha) return i;
  }
  return undefined;
}

/** Half an hour of health before the change, and six hours to find it. */
const CHANGE_AT = 180;
const SEARCH_TICKS = 2_160;

export function barValues({ runs, searches, bound }: { runs: number; searches: number; bound: number }): Bar {
  const results = CASES.map((one, i) => {
    const alarms = Array.from({ length: runs }, (_, run) =>
      firstAlarm(one, one.allowed, { seed: 450 + i, run, ticks: TICKS_PER_DAY, changeAt: 0 }),
    ).filter((tick) => tick !== undefined).length;
    const delays = Array.from({ length: searches }, (_, run) => {
      const ticks = CHANGE_AT + SEARCH_TICKS;
      const tick = firstAlarm(one, one.broken, { seed: 460 + i, run, ticks, changeAt: CHANGE_AT });
      return tick === undefined || tick < CHANGE_AT ? Infinity : tick - CHANGE_AT + 1;
    });
    const found = median(delays);
    const words = `${one.name}: ${percent(alarms / runs)}, broken after ${found * one.perTick} observations`;
    return { alarms, found, words };
  });
  return {
    id: "B4b",
    demand: `values exactly at what is allowed: ≤ ${percent(bound)} per 24 h; beyond it, found within six hours`,
    measured: `${results.map(({ words }) => words).join("; ")} (${runs} and ${searches} runs)`,
    met: results.every(({ alarms, found }) => alarms / runs <= bound && Number.isFinite(found)),
  };
}
