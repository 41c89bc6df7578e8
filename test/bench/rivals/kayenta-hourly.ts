/** Kayenta's judge looked at once an hour on the rates of the last sixty minutes, its documentation's recommended start. */
import type { Method } from "@/test/bench/simulate/method";
import { kayentaJudge } from "./kayenta-judge";

const TICKS_PER_MINUTE = 6;
const MINUTES = 60;

/**
 * The statistic is the interval's lower bound over the size of the estimated shift: above a quarter the judge says High.
 * Minutes without requests are left out, as missing points are.
 */
export function kayentaHourly(): Method {
  return {
    name: "Kayenta hourly",
    nominal: 0.25 + 1e-9,
    start: () => {
      let minute = { nA: 0, sA: 0, nB: 0, sB: 0 };
      let control: number[] = [];
      let experiment: number[] = [];
      return (tick, index) => {
        minute = { nA: minute.nA + tick.nA, sA: minute.sA + tick.sA, nB: minute.nB + tick.nB, sB: minute.sB + tick.sB };
        if ((index + 1) % TICKS_PER_MINUTE !== 0) return 0;
        if (minute.nA > 0) control.push(minute.sA / minute.nA);
        if (minute.nB > 0) experiment.push(minute.sB / minute.nB);
        minute = { nA: 0, sA: 0, nB: 0, sB: 0 };
        if ((index + 1) % (TICKS_PER_MINUTE * MINUTES) !== 0) return 0;
        const statistic = shiftStatistic(control, experiment);
        control = [];
        experiment = [];
        return statistic;
      };
    },
  };
}

function shiftStatistic(control: readonly number[], experiment: readonly number[]): number {
  if (control.length === 0 || experiment.length === 0) return 0;
  const { lower, estimate } = kayentaJudge(control, experiment);
  return lower <= 1e-4 ? 0 : lower / Math.max(Math.abs(estimate), 1e-12);
}
