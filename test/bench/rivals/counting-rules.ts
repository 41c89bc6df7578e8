/** Rules that count failed checks and never forget one, and a z-test that is looked at all the time. */
import type { Method } from "@/test/bench/simulate/method";

/** Checks of `ticks` ticks each against a limit; more than `allowed` failed ones in all is an alarm. */
function countedFailures(name: string, limit: number, { ticks, allowed }: { ticks: number; allowed: number }): Method {
  return {
    name,
    nominal: allowed + 1,
    start: () => {
      let [n, s, failed] = [0, 0, 0];
      return ({ nB, sB }, index) => {
        n += nB;
        s += sB;
        if ((index + 1) % ticks !== 0) return failed;
        if (n > 0 && s / n > limit) failed += 1;
        [n, s] = [0, 0];
        return failed;
      };
    },
  };
}

/** Argo Rollouts' `failureLimit: 3` with its documentation's five-minute measurements. */
export function argoFailureLimit(limit: number): Method {
  return countedFailures("Argo failureLimit 3", limit, { ticks: 30, allowed: 3 });
}

/** Flagger's `threshold: 5` with checks every minute. */
export function flaggerThreshold(limit: number): Method {
  return countedFailures("Flagger threshold 5", limit, { ticks: 6, allowed: 4 });
}

/** One-sided 1 % point of the normal distribution. */
const Z99 = 2.326347874040841;
const FEWEST = 30;

/** A z-test of everything since the start at 1 %, every ten seconds. */
export function repeatedZTest(limit: number): Method {
  return {
    name: "z-test every 10 s",
    nominal: Z99,
    start: () => {
      let [n, s] = [0, 0];
      return ({ nB, sB }) => {
        n += nB;
        s += sB;
        return n < FEWEST ? 0 : (s - n * limit) / Math.sqrt(n * limit * (1 - limit));
      };
    },
  };
}
