/** Traffic that is not calm: bars for bursts and shocks exactly at what is allowed, and for an outage of both tracks. */
import type { Bar, Share } from "./bar";
import { percent, percentRange } from "./bar";
import type { Method } from "./method";
import { firstAlarms, oursAgainstControl, oursAgainstLimit } from "./method";
import type { Random } from "./random";
import { normal, randomStream } from "./random";
import type { Traffic } from "./traffic";
import { armTick, TICKS_PER_DAY, TICK_SEC } from "./traffic";

const LIMIT = 0.05;
const RPS = 2;

/** Five minutes of tick-to-tick memory. */
const MEMORY = Math.exp(-1 / 30);

/** A standard normal that remembers its last value. */
function remembering(random: Random): () => number {
  let value = normal(random);
  return () => (value = MEMORY * value + Math.sqrt(1 - MEMORY ** 2) * normal(random));
}

/**
 * Arrivals in bursts (log-normal load, sixfold between calm and burst) of which each is bad with at most the allowed
 * probability; it dips below it in slow waves and comes back to it.
 */
function burstyAtLimit(random: Random): Traffic {
  const [load, dip] = [remembering(random), remembering(random)];
  return () => {
    const requests = RPS * TICK_SEC * Math.exp(0.9 * load() - 0.4);
    const p = LIMIT * Math.min(1, Math.exp(0.3 * dip()));
    const { n, s } = armTick(random, requests, p);
    return { nA: 0, sA: 0, nB: n, sB: s };
  };
}

/** Both tracks under one bursty load and shocks of their bad share, alike at every moment. */
function burstyAlike(random: Random): Traffic {
  const [load, shock] = [remembering(random), remembering(random)];
  return () => {
    const requests = RPS * TICK_SEC * Math.exp(0.9 * load() - 0.4);
    const p = Math.min(0.5, 0.03 * Math.exp(0.6 * shock()));
    const [a, b] = [armTick(random, requests, p), armTick(random, requests, p)];
    return { nA: a.n, sA: a.s, nB: b.n, sB: b.s };
  };
}

/** Fifteen minutes in which half of all requests of both tracks fail, after an hour of health. */
function outage(random: Random): Traffic {
  return (index) => {
    const p = index >= 360 && index < 450 ? 0.5 : 0.01;
    const requests = RPS * TICK_SEC;
    const [a, b] = [armTick(random, requests, p), armTick(random, requests, p)];
    return { nA: a.n, sA: a.s, nB: b.n, sB: b.s };
  };
}

function shareOf(
  method: Method,
  traffic: (random: Random) => Traffic,
  given: { runs: number; ticks: number; seed: number },
): Share {
  const { runs, ticks, seed } = given;
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const [alarm] = firstAlarms([{ method, threshold: method.nominal }], traffic(randomStream(seed, run)), { ticks });
    if (alarm !== undefined) alarms += 1;
  }
  return { alarms, runs };
}

/** Bursts and slow waves, at the limit and against a control. */
export function barBursts({ runs, bound }: { runs: number; bound: number }): Bar {
  const day = { runs, ticks: TICKS_PER_DAY };
  const shares = [
    shareOf(oursAgainstLimit(LIMIT), burstyAtLimit, { ...day, seed: 700 }),
    shareOf(oursAgainstControl(), burstyAlike, { ...day, seed: 701 }),
  ];
  return {
    id: "B2b",
    demand: `bursty, autocorrelated traffic, at the limit and against a control: false rollback ≤ ${percent(bound)} per 24 h`,
    measured: `${percentRange(shares)} (${runs} runs each)`,
    met: shares.every(({ alarms }) => alarms / runs <= bound),
  };
}

/** An outage of both tracks does not tell them apart. */
export function barOutage({ runs, bound }: { runs: number; bound: number }): Bar {
  const share = shareOf(oursAgainstControl(), outage, { runs, ticks: 900, seed: 702 });
  return {
    id: "B6b",
    demand: `15 min in which half of the requests of both tracks fail: a relative rule rolls back ≤ ${percent(bound)}`,
    measured: `${percent(share.alarms / runs)} (${runs} runs)`,
    met: share.alarms / runs <= bound,
  };
}
