/** A CUSUM that is told the exact size of the regression: the best that could be done, not a method anyone can have. */
import type { Method } from "@/test/bench/simulate/method";
import type { Tick } from "@/test/bench/simulate/traffic";

function cusum(name: string, logRatio: (tick: Tick) => number): Method {
  return {
    name,
    // Only ever used with a calibrated threshold.
    nominal: Infinity,
    start: () => {
      let sum = 0;
      return (tick) => {
        sum = Math.max(0, sum + logRatio(tick));
        return sum;
      };
    },
  };
}

export function oracleAgainstLimit(p0: number, effect: number): Method {
  const bad = Math.log(effect);
  const good = Math.log((1 - effect * p0) / (1 - p0));
  return cusum("oracle", ({ nB, sB }) => sB * bad + (nB - sB) * good);
}

/** Given how many bad requests there were in both arms, which arm they fell into. */
export function oracleAgainstControl(effect: number): Method {
  const bad = Math.log(effect);
  return cusum("oracle", ({ nA, sA, nB, sB }) => {
    const share = nB / (nA + nB);
    return nA === 0 || nB === 0 ? 0 : sB * bad - (sA + sB) * Math.log1p(share * (effect - 1));
  });
}
