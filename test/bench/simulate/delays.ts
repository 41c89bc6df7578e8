/**
 * How soon a regression is found, on identical streams: bars B7 (at the start), B8 (twelve hours in) and B9 (requests).
 * Rivals marked [c] run at the threshold that gives them 1 % false alarms a day at the boundary; ours never is tuned.
 */
import { ALPHA_ROLLBACK } from "@/server/domain/evidence/constants";
import { kayentaHourly } from "@/test/bench/rivals/kayenta-hourly";
import { oracleAgainstControl, oracleAgainstLimit } from "@/test/bench/rivals/oracle-cusum";
import { asymptoticSequence, mixtureAgainstControl, mixtureAgainstLimit } from "@/test/bench/rivals/since-start";
import { threeInARow, threeInARowOverControl } from "@/test/bench/rivals/window-rule";
import type { Bar } from "./bar";
import { geometricMean, median } from "./bar";
import { ARMS, LIMITS, RATES_PER_SEC } from "./false-alarms";
import type { Method } from "./method";
import { calibrated, firstAlarms, greatestStatistics, oursAgainstControl, oursAgainstLimit } from "./method";
import { randomStream } from "./random";
import type { Traffic } from "./traffic";
import { TICKS_PER_DAY, TICK_SEC, limitTraffic, weatherTraffic } from "./traffic";

const EFFECTS = [1.25, 1.5, 2, 3, 5] as const;
const HALF_DAY = TICKS_PER_DAY / 2;

type Axis = "limit" | "control";
type Onset = "start" | "mid";

/** Where a regression happens: one configuration of traffic. */
export interface Site {
  readonly axis: Axis;
  readonly base: number;
  readonly rpsA: number;
  readonly rpsB: number;
}

export const SITES: readonly Site[] = [
  ...LIMITS.flatMap((base) => RATES_PER_SEC.map((rps) => ({ axis: "limit" as const, base, rpsA: 0, rpsB: rps }))),
  ...LIMITS.flatMap((base) => ARMS.map((arms) => ({ axis: "control" as const, base, ...arms }))),
];

/** Median delay and requests of one method in one cell. */
interface Timing {
  readonly delaySec: number;
  readonly requests: number;
}

/** One site, effect and onset, with each method's median; "ours" among them. */
export interface Cell {
  readonly site: Site;
  readonly effect: number;
  readonly onset: Onset;
  readonly timings: ReadonlyMap<string, Timing>;
}

/** The site's traffic with a regression of `effect` at `changeAt`; healthy before. */
function siteTraffic(site: Site, run: { seed: number; run: number; effect: number; changeAt: number }): Traffic {
  const random = randomStream(run.seed, run.run);
  const { base, rpsA, rpsB } = site;
  const { effect, changeAt } = run;
  return site.axis === "limit"
    ? limitTraffic(random, { rps: rpsB, before: base / 2, after: base * effect, changeAt })
    : weatherTraffic(random, { base, rpsA, rpsB, ratio: effect, changeAt, incident: 6 });
}

/** Exactly at the boundary, all day. */
function boundaryTraffic(site: Site, seed: number, run: number): Traffic {
  return siteTraffic(site, { seed, run, effect: 1, changeAt: 0 });
}

interface Entrant {
  readonly key: string;
  readonly method: Method;
  readonly calibrate: boolean;
  /** Runs in the cells of this effect only: the oracle. */
  readonly effect?: number;
}

function entrantsAt({ axis, base }: Site): Entrant[] {
  const oracle = (effect: number) =>
    axis === "limit" ? oracleAgainstLimit(base, effect) : oracleAgainstControl(effect);
  const oracles = EFFECTS.map((effect) => ({ key: "oracle [c]", method: oracle(effect), calibrate: true, effect }));
  if (axis === "limit") {
    return [
      { key: "ours", method: oursAgainstLimit(base), calibrate: false },
      { key: "three in a row [c]", method: threeInARow(base), calibrate: true },
      { key: "mixture since start", method: mixtureAgainstLimit(base, ALPHA_ROLLBACK), calibrate: false },
      ...oracles,
    ];
  }
  return [
    { key: "ours", method: oursAgainstControl(), calibrate: false },
    { key: "three in a row [c]", method: threeInARowOverControl(), calibrate: true },
    { key: "Kayenta hourly", method: kayentaHourly(), calibrate: false },
    { key: "Kayenta hourly [c]", method: kayentaHourly(), calibrate: true },
    { key: "mixture since start", method: mixtureAgainstControl(ALPHA_ROLLBACK), calibrate: false },
    { key: "asymptotic since start", method: asymptoticSequence(ALPHA_ROLLBACK), calibrate: false },
    ...oracles,
  ];
}

/** All cells of these sites, of all methods or of one. */
export function delayCells(options: {
  nullRuns: number;
  runs: number;
  sites?: readonly Site[];
  only?: string;
}): Cell[] {
  const { nullRuns, runs, sites = SITES, only } = options;
  return sites.flatMap((site) => {
    const i = SITES.indexOf(site);
    const entrants = entrantsAt(site).filter(({ key }) => only === undefined || key === only);
    const tuned = entrants.filter(({ calibrate }) => calibrate);
    const greatest = Array.from({ length: nullRuns }, (_, run) =>
      greatestStatistics(
        tuned.map(({ method }) => method),
        boundaryTraffic(site, 700 + i, run),
        TICKS_PER_DAY,
      ),
    );
    const thresholds = new Map(tuned.map((entrant, j) => [entrant, calibrated(greatest.map((row) => row[j] ?? 0))]));
    return EFFECTS.flatMap((effect, e) =>
      (["start", "mid"] as const).map((onset, o) => {
        const racing = entrants
          .filter((entrant) => entrant.effect === undefined || entrant.effect === effect)
          .map((entrant) => ({ ...entrant, threshold: thresholds.get(entrant) ?? entrant.method.nominal }));
        const seed = 10_000 + 100 * i + 10 * e + o;
        return { site, effect, onset, timings: race(racing, { site, effect, onset, runs, seed }) };
      }),
    );
  });
}

function race(
  racing: readonly { key: string; method: Method; threshold: number }[],
  cell: { site: Site; effect: number; onset: Onset; runs: number; seed: number },
): ReadonlyMap<string, Timing> {
  const { site, effect, runs, seed } = cell;
  const changeAt = cell.onset === "start" ? 0 : HALF_DAY;
  const delays = racing.map((): Timing[] => []);
  for (let run = 0; run < runs; run++) {
    const traffic = siteTraffic(site, { seed, run, effect, changeAt });
    const alarms = firstAlarms(racing, traffic, {
      ticks: changeAt + TICKS_PER_DAY / (changeAt === 0 ? 1 : 2),
      countFrom: changeAt,
    });
    for (const [i, alarm] of alarms.entries()) {
      // An alarm before the regression is false, and says nothing about the delay.
      if (alarm !== undefined && alarm.tick < changeAt) continue;
      const delaySec = alarm === undefined ? Infinity : (alarm.tick - changeAt + 1) * TICK_SEC;
      delays[i]?.push({ delaySec, requests: alarm?.requests ?? Infinity });
    }
  }
  return new Map(
    racing.map(({ key }, i) => {
      const list = delays[i] ?? [];
      const delaySec = median(list.map((timing) => timing.delaySec));
      return [key, { delaySec, requests: median(list.map((timing) => timing.requests)) }];
    }),
  );
}

/** Ours over a rival: geometric mean of median delays, in the cells where we find the regression in time. */
export interface Comparison {
  readonly ratio: number;
  readonly greatest: number;
  readonly sooner: number;
  readonly cells: number;
}

/** A rival that did not find the regression in time counts as if it had at the very end, in its favour. */
export function compare(cells: readonly Cell[], which: { axis: Axis; onset: Onset; rival: string }): Comparison {
  const horizonSec = (which.onset === "start" ? TICKS_PER_DAY : HALF_DAY) * TICK_SEC;
  const ratios = cells.flatMap(({ site, onset, timings }) => {
    const [ours, rival] = [timings.get("ours"), timings.get(which.rival)];
    if (site.axis !== which.axis || onset !== which.onset || ours === undefined || rival === undefined) return [];
    return Number.isFinite(ours.delaySec) ? [ours.delaySec / Math.min(rival.delaySec, horizonSec)] : [];
  });
  return {
    ratio: geometricMean(ratios),
    greatest: Math.max(...ratios),
    sooner: ratios.filter((ratio) => ratio < 1).length,
    cells: ratios.length,
  };
}

function words({ ratio, greatest, sooner, cells }: Comparison): string {
  return `${ratio.toFixed(2)} (sooner in ${sooner}/${cells}, greatest ${greatest.toFixed(2)})`;
}

/** B7 and B8. */
export function barsDelay(cells: readonly Cell[]): Bar[] {
  const at = (axis: Axis, onset: Onset, rival: string) => compare(cells, { axis, onset, rival });
  const plain = at("limit", "start", "three in a row [c]");
  const kayenta = at("control", "start", "Kayenta hourly [c]");
  const plainMid = at("limit", "mid", "three in a row [c]");
  const sinceLimit = at("limit", "mid", "mixture since start");
  const sinceControl = at("control", "mid", "asymptotic since start");
  const mixtureControl = at("control", "mid", "mixture since start");
  const oracles = [at("limit", "mid", "oracle [c]"), at("control", "mid", "oracle [c]")];
  return [
    {
      id: "B7",
      demand:
        "at start: median delay ≤ 0.25 × three in a row [c] and ≤ 0.25 × Kayenta hourly [c], never > 1 × three in a row",
      measured: `${words(plain)}; ${words(kayenta)}`,
      met: plain.ratio <= 0.25 && kayenta.ratio <= 0.25 && plain.greatest <= 1,
    },
    {
      id: "B8",
      demand:
        "12 h in: ≤ 0.4 × three in a row [c]; ≤ 0.1 × a since-start test on limits, ≤ 0.4 × on comparisons; ≤ 1.5 × the oracle [c]",
      measured: `${words(plainMid)}; ${words(sinceLimit)}; asymptotic ${words(sinceControl)}, mixture ${words(mixtureControl)}; ${oracles.map(words).join(" and ")}`,
      met:
        plainMid.ratio <= 0.4 &&
        sinceLimit.ratio <= 0.1 &&
        sinceControl.ratio <= 0.4 &&
        mixtureControl.ratio <= 0.4 &&
        oracles.every(({ ratio }) => ratio <= 1.5),
    },
  ];
}

/** B9: requests until a doubled 5 % limit, and a fivefold 0.4 % limit, are found. */
export function barRequests(cells: readonly Cell[]): Bar {
  const requests = (base: number, effect: number, onset: Onset) =>
    cells
      .find(
        (cell) =>
          cell.site.axis === "limit" &&
          cell.site.base === base &&
          cell.site.rpsB === 2 &&
          cell.effect === effect &&
          cell.onset === onset,
      )
      ?.timings.get("ours")?.requests ?? Infinity;
  const found = [
    requests(0.05, 2, "start"),
    requests(0.05, 2, "mid"),
    requests(0.004, 5, "start"),
    requests(0.004, 5, "mid"),
  ];
  const allowed = [350, 700, 500, 950];
  return {
    id: "B9",
    demand: "median requests: twice a 5 % limit ≤ 350 at start, ≤ 700 mid-run; five times a 0.4 % limit ≤ 500, ≤ 950",
    measured: found.join(" / "),
    met: found.every((value, i) => value <= (allowed[i] ?? 0)),
  };
}

/** Median delays of every method, for the record. */
export function delayTable(cells: readonly Cell[], axis: Axis): string {
  const chosen = cells.filter(({ site }) => site.axis === axis);
  const names = [...new Set(chosen.flatMap(({ timings }) => [...timings.keys()]))];
  const rows = chosen.map(({ site, effect, onset, timings }) => {
    const traffic = axis === "limit" ? `${site.rpsB}/s` : `${site.rpsA}+${site.rpsB}/s`;
    const values = names.map((name) => duration(timings.get(name)?.delaySec ?? Number.NaN));
    return `| ${site.base} | ${traffic} | ${effect} | ${onset} | ${values.join(" | ")} | ${timings.get("ours")?.requests ?? ""} |`;
  });
  return [
    `| base | traffic | ratio | onset | ${names.join(" | ")} | our requests |`,
    `|${"---|".repeat(names.length + 5)}`,
    ...rows,
  ].join("\n");
}

function duration(sec: number): string {
  if (!Number.isFinite(sec)) return "–";
  if (sec < 600) return `${sec} s`;
  return sec < 7_200 ? `${Math.round(sec / 60)} m` : `${(sec / 3_600).toFixed(1)} h`;
}
