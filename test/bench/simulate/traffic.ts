/** Simulated traffic in ticks of 10 s: constant rates against a limit, and two arms under the same weather. */
import type { Random } from "./random";
import { normal, poisson } from "./random";

export const TICKS_PER_DAY = 8_640;
export const TICK_SEC = 10;

/** Requests and bad requests of the control (A) and the candidate (B) in one tick. */
export interface Tick {
  readonly nA: number;
  readonly sA: number;
  readonly nB: number;
  readonly sB: number;
}

/** The next tick of a run; `index` counts from 0. */
export type Traffic = (index: number) => Tick;

/** One arm's tick: Poisson arrivals of which each is bad with probability p. */
export function armTick(random: Random, requests: number, p: number): { n: number; s: number } {
  const s = poisson(random, requests * p);
  return { n: s + poisson(random, requests * (1 - p)), s };
}

/** A candidate alone, at `before` until tick `changeAt` and at `after` from then on. */
export function limitTraffic(
  random: Random,
  { rps, before, after, changeAt }: { rps: number; before: number; after: number; changeAt: number },
): Traffic {
  return (index) => {
    const { n, s } = armTick(random, rps * TICK_SEC, index < changeAt ? before : after);
    return { nA: 0, sA: 0, nB: n, sB: s };
  };
}

export interface WeatherOptions {
  /** Bad share of both arms in fair weather. */
  readonly base: number;
  readonly rpsA: number;
  readonly rpsB: number;
  /** The candidate's bad share over the control's from tick `changeAt` on. */
  readonly ratio: number;
  readonly changeAt: number;
  /** Factor of an incident that hits both arms, twice a day for ten minutes. */
  readonly incident: number;
}

const INCIDENT_TICKS = 60;
/** Tick-to-tick memory of the shared shocks (about five minutes), and their size. */
const SHOCK_MEMORY = Math.exp(-1 / 30);
const SHOCK_SIZE = 0.25;

/** Both arms under the same daily rhythm of load and badness, autocorrelated shocks, and two incidents a day. */
export function weatherTraffic(random: Random, options: WeatherOptions): Traffic {
  const { base, rpsA, rpsB, ratio, changeAt, incident } = options;
  const phase = random() * 2 * Math.PI;
  const incidents = [0, 1].map((half) => Math.floor((half + random()) * (TICKS_PER_DAY / 2)));
  let shock = SHOCK_SIZE * normal(random);
  return (index) => {
    shock = SHOCK_MEMORY * shock + SHOCK_SIZE * Math.sqrt(1 - SHOCK_MEMORY ** 2) * normal(random);
    const season = Math.sin((2 * Math.PI * index) / TICKS_PER_DAY + phase);
    const hit = incidents.some((start) => index >= start && index < start + INCIDENT_TICKS);
    const p = base * Math.exp(shock - SHOCK_SIZE ** 2 / 2 + 0.3 * season) * (hit ? incident : 1);
    const load = TICK_SEC * (1 + 0.5 * season);
    const a = armTick(random, rpsA * load, Math.min(0.95, p));
    const b = armTick(random, rpsB * load, Math.min(0.95, p * (index < changeAt ? 1 : ratio)));
    return { nA: a.n, sA: a.s, nB: b.n, sB: b.s };
  };
}
