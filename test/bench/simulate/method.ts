/** What is compared: our evidence and its rivals as statistics that rise with the evidence, and the runs that time them. */
import { ALPHA_ROLLBACK, GRID_SIZE, PI_G } from "@/server/domain/evidence/constants";
import { evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import type { Tick, Traffic } from "./traffic";
import { TICK_SEC } from "./traffic";

/** One run of a method: takes ticks in order, returns its statistic after each. */
export type Detector = (tick: Tick, index: number) => number;

export interface Method {
  readonly name: string;
  /** The threshold the method ships with; an alarm is a statistic at or above it. */
  readonly nominal: number;
  readonly start: () => Detector;
}

/** Our evidence against a limit, at its guaranteed threshold. */
export function oursAgainstLimit(p0: number, alpha: number = ALPHA_ROLLBACK): Method {
  return {
    name: "ours",
    nominal: 1 / alpha,
    start: () => {
      let state = startEvidence(GRID_SIZE);
      return ({ nB, sB }) => {
        state = updateEvidence(state, rateEll({ s: sB, n: nB, p0, direction: 1 }), TICK_SEC, { dispersion: 1 });
        return evidenceValue(state, PI_G);
      };
    },
  };
}

const EQUAL = { rho: 1, delta: 0 };

/** Our evidence against a concurrent control; waits in blocks while an arm is empty. */
export function oursAgainstControl(): Method {
  return {
    name: "ours",
    nominal: 1 / ALPHA_ROLLBACK,
    start: () => {
      let state = startEvidence(GRID_SIZE);
      let block = { nA: 0, sA: 0, nB: 0, sB: 0 };
      return (tick) => {
        block = { nA: block.nA + tick.nA, sA: block.sA + tick.sA, nB: block.nB + tick.nB, sB: block.sB + tick.sB };
        state = updateEvidence(state, twoRateEll(block, EQUAL, 1), TICK_SEC, { dispersion: 1 });
        if (block.nA > 0 && block.nB > 0) block = { nA: 0, sA: 0, nB: 0, sB: 0 };
        return evidenceValue(state, PI_G);
      };
    },
  };
}

/** When a method alarmed. */
export interface Alarm {
  readonly tick: number;
  /** The candidate's requests until then, counted from `countFrom`. */
  readonly requests: number;
}

/** First alarm of each method on one and the same stream; undefined where there was none. */
export function firstAlarms(
  methods: readonly { method: Method; threshold: number }[],
  traffic: Traffic,
  { ticks, countFrom = 0 }: { ticks: number; countFrom?: number },
): (Alarm | undefined)[] {
  const detectors = methods.map(({ method }) => method.start());
  const alarms: (Alarm | undefined)[] = methods.map(() => undefined);
  let requests = 0;
  let open = methods.length;
  for (let index = 0; index < ticks && open > 0; index++) {
    const tick = traffic(index);
    if (index >= countFrom) requests += tick.nB;
    for (const [i, { threshold }] of methods.entries()) {
      if (alarms[i] !== undefined) continue;
      const value = detectors[i]?.(tick, index) ?? 0;
      if (value < threshold) continue;
      alarms[i] = { tick: index, requests };
      open -= 1;
    }
  }
  return alarms;
}

/** The greatest statistic of each method on one stream. */
export function greatestStatistics(methods: readonly Method[], traffic: Traffic, ticks: number): number[] {
  const detectors = methods.map((method) => method.start());
  const greatest = methods.map(() => -Infinity);
  for (let index = 0; index < ticks; index++) {
    const tick = traffic(index);
    for (const [i, detector] of detectors.entries()) {
      greatest[i] = Math.max(greatest[i] ?? -Infinity, detector(tick, index));
    }
  }
  return greatest;
}

/** The threshold at which 1 % of null runs alarm: the method at an equal false-alarm rate. */
export function calibrated(greatest: readonly number[]): number {
  const falling = greatest.toSorted((a, b) => b - a);
  const highest = falling[Math.floor(falling.length / 100)] ?? Infinity;
  return highest + Math.abs(highest) * 1e-9 + 1e-300;
}
