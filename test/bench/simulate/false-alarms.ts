/** How often a healthy release is found broken: bars B2 (at the limit), B3 (below it, many rules, days) and B4 (A/A). */
import { ALPHA_ROLLBACK } from "@/server/domain/evidence/constants";
import { argoFailureLimit, flaggerThreshold, repeatedZTest } from "@/test/bench/rivals/counting-rules";
import { threeInARow } from "@/test/bench/rivals/window-rule";
import type { Bar, Share } from "./bar";
import { percent, percentRange, upperBound } from "./bar";
import type { Method } from "./method";
import { firstAlarms, oursAgainstControl, oursAgainstLimit } from "./method";
import { randomStream } from "./random";
import type { Traffic } from "./traffic";
import { TICKS_PER_DAY, limitTraffic, weatherTraffic } from "./traffic";

export const LIMITS = [0.004, 0.02, 0.05] as const;
export const RATES_PER_SEC = [0.2, 2, 20] as const;

const CONFIGS = LIMITS.flatMap((limit) => RATES_PER_SEC.map((rps) => ({ limit, rps })));

/** Alarms of one method over independent runs. */
function alarmShare(
  method: Method,
  traffic: (run: number) => Traffic,
  { runs, ticks }: { runs: number; ticks: number },
): Share {
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const [alarm] = firstAlarms([{ method, threshold: method.nominal }], traffic(run), { ticks });
    if (alarm !== undefined) alarms += 1;
  }
  return { alarms, runs };
}

/** A true share of `part` of the limit, all day. */
function atLimit(config: { limit: number; rps: number }, part: number, seed: number): (run: number) => Traffic {
  const share = config.limit * part;
  return (run) => limitTraffic(randomStream(seed, run), { rps: config.rps, before: share, after: share, changeAt: 0 });
}

/** Our alarms in days exactly at the limit, one share per configuration. */
export function alarmsAtLimit(runs: number): Share[] {
  return CONFIGS.map((config, i) =>
    alarmShare(oursAgainstLimit(config.limit), atLimit(config, 1, 200 + i), { runs, ticks: TICKS_PER_DAY }),
  );
}

/** B2: a day exactly at the limit. `bound` is what the 95 % upper bound may be. */
export function barAtLimit({ runs, bound }: { runs: number; bound: number }): Bar {
  const shares = alarmsAtLimit(runs);
  const worst = Math.max(...shares.map(upperBound));
  return {
    id: "B2",
    demand: `false rollback ≤ 1 % per 24 h exactly at the limit, upper 95 % bound ≤ ${percent(bound)}, 9 configurations`,
    measured: `${percentRange(shares)}, highest bound ${percent(worst)} (${runs} runs each)`,
    met: worst <= bound,
  };
}

/** The plain rule on the same kind of streams, for the record. */
export function plainRuleAtLimit(runs: number, part: number): string {
  return sharesAtPart(threeInARow, runs, part)
    .map(({ alarms }, i) => `${CONFIGS[i]?.limit}@${CONFIGS[i]?.rps}/s ${percent(alarms / runs)}`)
    .join(", ");
}

function sharesAtPart(methodOf: (limit: number) => Method, runs: number, part: number): Share[] {
  return CONFIGS.map((config, i) =>
    alarmShare(methodOf(config.limit), atLimit(config, part, 200 + i), { runs, ticks: TICKS_PER_DAY }),
  );
}

/** What others' rules and ours do to a release at its limit and at half of it, on identical streams. */
export function peersAtLimit(runs: number): string {
  const peers = [oursAgainstLimit, threeInARow, argoFailureLimit, flaggerThreshold, repeatedZTest];
  const rows = peers.map((methodOf) => {
    const [at, half] = [1, 0.5].map((part) => percentRange(sharesAtPart((limit) => methodOf(limit), runs, part)));
    return `| ${methodOf(0.05).name} | ${at} | ${half} |`;
  });
  return ["| rule | exactly at the limit | at half of it |", "| --- | --- | --- |", ...rows].join("\n");
}

/** B3, first half: three quarters of the limit. */
export function barBelowLimit({ runs, bound }: { runs: number; bound: number }): Bar {
  const shares = CONFIGS.map((config, i) =>
    alarmShare(oursAgainstLimit(config.limit), atLimit(config, 0.75, 300 + i), { runs, ticks: TICKS_PER_DAY }),
  );
  const pooled = { alarms: shares.reduce((sum, { alarms }) => sum + alarms, 0), runs: runs * CONFIGS.length };
  return {
    id: "B3a",
    demand: `≤ ${percent(bound)} per 24 h at three quarters of the limit`,
    measured: `${percentRange(shares)}, all together ${percent(pooled.alarms / pooled.runs)} (${runs} runs each)`,
    met: pooled.alarms / pooled.runs <= bound && shares.every(({ alarms }) => alarms / runs <= 2 * bound),
  };
}

const FAMILY = [0.004, 0.004, 0.02, 0.02, 0.05, 0.09] as const;

/** B3, second half: six rules that share one budget, all exactly at their limits, over three days. */
export function barFamily({ runs, bounds }: { runs: number; bounds: readonly [day: number, threeDays: number] }): Bar {
  const firstDays: number[] = [];
  for (let run = 0; run < runs; run++) {
    const days = FAMILY.flatMap((limit, rule) => {
      const method = oursAgainstLimit(limit, ALPHA_ROLLBACK / FAMILY.length);
      const traffic = atLimit({ limit, rps: 2 }, 1, 350 + rule)(run);
      const [alarm] = firstAlarms([{ method, threshold: method.nominal }], traffic, { ticks: 3 * TICKS_PER_DAY });
      return alarm === undefined ? [] : [Math.floor(alarm.tick / TICKS_PER_DAY) + 1];
    });
    if (days.length > 0) firstDays.push(Math.min(...days));
  }
  const within = (day: number) => firstDays.filter((first) => first <= day).length / runs;
  return {
    id: "B3b",
    demand: `6 rules at their limits: any false rollback ≤ ${percent(bounds[0])} in 24 h, ≤ ${percent(bounds[1])} in 72 h`,
    measured: `${percent(within(1))} / ${percent(within(2))} / ${percent(within(3))} in 24/48/72 h (${runs} runs)`,
    met: within(1) <= bounds[0] && within(3) <= bounds[1],
  };
}

export const ARMS = [
  { rpsA: 2, rpsB: 2 },
  { rpsA: 19, rpsB: 1 },
] as const;

/** B4: a candidate that is the control, under shared weather and incidents. */
export function barSameRelease({ runs, bound }: { runs: number; bound: number }): Bar {
  const shares = LIMITS.flatMap((base, i) =>
    ARMS.map((arms, j) =>
      alarmShare(
        oursAgainstControl(),
        (run) =>
          weatherTraffic(randomStream(400 + 10 * i + j, run), { ...arms, base, ratio: 1, changeAt: 0, incident: 6 }),
        { runs, ticks: TICKS_PER_DAY },
      ),
    ),
  );
  const worst = Math.max(...shares.map(({ alarms }) => alarms / runs));
  return {
    id: "B4",
    demand: `a release against itself under shared weather and incidents: ≤ ${percent(bound)} per 24 h`,
    measured: `${percentRange(shares)} (6 configurations, ${runs} runs each)`,
    met: worst <= bound,
  };
}
