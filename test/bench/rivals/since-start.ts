/** Sequential tests of everything since the start: valid at every look, but blind to when a regression began. */
import { G, PI_G } from "@/server/domain/evidence/constants";
import { asympDiffCS } from "@/server/domain/evidence/intervals";
import { proofLogValue } from "@/server/domain/evidence/proof";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import type { Method } from "@/test/bench/simulate/method";
import type { Tick } from "@/test/bench/simulate/traffic";

/** A mixture likelihood ratio of all data so far: the family of beta-binomial and multinomial sequential tests. */
function mixtureSinceStart(alpha: number, ellOf: (tick: Tick) => readonly number[]): Method {
  return {
    name: "mixture since start",
    nominal: Math.log(1 / alpha),
    start: () => {
      const sums = G.map(() => 0);
      return (tick) => {
        for (const [k, value] of ellOf(tick).entries()) sums[k] = (sums[k] ?? 0) + value;
        return proofLogValue(sums, PI_G);
      };
    },
  };
}

export function mixtureAgainstLimit(p0: number, alpha: number): Method {
  return mixtureSinceStart(alpha, ({ nB, sB }) => rateEll({ s: sB, n: nB, p0, direction: 1 }));
}

export function mixtureAgainstControl(alpha: number): Method {
  return mixtureSinceStart(alpha, (tick) => twoRateEll(tick, { rho: 1, delta: 0 }, 1));
}

/** Asymptotic confidence sequence of the difference, one-sided at `alpha`, as experimentation platforms look at rollouts. */
export function asymptoticSequence(alpha: number): Method {
  return {
    name: "asymptotic sequence since start",
    nominal: 1e-300,
    start: () => {
      let [nA, sA, nB, sB] = [0, 0, 0, 0];
      return (tick) => {
        nA += tick.nA;
        sA += tick.sA;
        nB += tick.nB;
        sB += tick.sB;
        if (nA === 0 || nB === 0) return 0;
        const [pA, pB] = [sA / nA, sB / nB];
        const se2 = (pA * (1 - pA)) / nA + (pB * (1 - pB)) / nB;
        return se2 === 0 ? 0 : asympDiffCS({ diff: pB - pA, se2, n: nA + nB, alpha: 2 * alpha }).lower;
      };
    },
  };
}
