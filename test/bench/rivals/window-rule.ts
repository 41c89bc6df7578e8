/** "Three windows of five minutes in a row": point estimates in tumbling windows, as most rollout controllers judge. */
import type { Method } from "@/test/bench/simulate/method";
import type { Tick } from "@/test/bench/simulate/traffic";

const WINDOW_TICKS = 30;
const IN_A_ROW = 3;

/** The statistic is the smallest of the last three windows' values over the limit; above 1 it alarms. */
function windowRule(name: string, valueOf: (window: Tick) => number): Method {
  return {
    name,
    nominal: 1 + 1e-12,
    start: () => {
      let window: Tick = { nA: 0, sA: 0, nB: 0, sB: 0 };
      let last: number[] = [];
      return (tick, index) => {
        window = { nA: window.nA + tick.nA, sA: window.sA + tick.sA, nB: window.nB + tick.nB, sB: window.sB + tick.sB };
        if ((index + 1) % WINDOW_TICKS !== 0) return 0;
        last = [...last, valueOf(window)].slice(-IN_A_ROW);
        window = { nA: 0, sA: 0, nB: 0, sB: 0 };
        return last.length === IN_A_ROW ? Math.min(...last) : 0;
      };
    },
  };
}

/** Against a limit; a window without requests breaks the row. */
export function threeInARow(limit: number): Method {
  return windowRule("three in a row", ({ nB, sB }) => (nB === 0 ? 0 : sB / nB / limit));
}

/** Against the control's rate of the same window. */
export function threeInARowOverControl(): Method {
  return windowRule("three in a row", ({ nA, sA, nB, sB }) => {
    if (nA === 0 || nB === 0 || sB === 0) return 0;
    return sA === 0 ? 1e9 : (sB * nA) / (nB * sA);
  });
}
