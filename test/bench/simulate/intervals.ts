/** Bar B10: an interval that holds at every look, and what that costs in width. */
import { PI_G, PI_LAMBDA } from "@/server/domain/evidence/constants";
import { rateCS } from "@/server/domain/evidence/intervals";
import { meanEll } from "@/server/domain/evidence/mean-kernel";
import { proofLogValue } from "@/server/domain/evidence/proof";
import { rateEll } from "@/server/domain/evidence/rate-kernel";
import { SCORE_EDGES, emptyTent, tentAdd } from "@/server/domain/evidence/tent-histogram";
import type { Bar } from "./bar";
import { percent } from "./bar";
import { gamma, randomStream } from "./random";

const ALPHA = 0.05;
const OBSERVATIONS = 5_000;
const REJECTS = Math.log(2 / ALPHA);

/** Whether the true rate is ever outside its sequence; looked at after every twentieth observation. */
function rateEverMissed(p: number, seed: number, run: number): boolean {
  const random = randomStream(seed, run);
  let s = 0;
  for (let n = 1; n <= OBSERVATIONS; n++) {
    if (random() < p) s += 1;
    if (n % 20 !== 0) continue;
    const missed = ([1, -1] as const).some(
      (direction) => proofLogValue(rateEll({ s, n, p0: p, direction }), PI_G) >= REJECTS,
    );
    if (missed) return true;
  }
  return false;
}

/** The same for the mean of beta-distributed scores. */
function meanEverMissed(mean: number, seed: number, run: number): boolean {
  const random = randomStream(seed, run);
  const mass = emptyTent(SCORE_EDGES);
  for (let n = 1; n <= OBSERVATIONS; n++) {
    const x = gamma(random, 9 * mean);
    tentAdd(mass, SCORE_EDGES, x / (x + gamma(random, 9 * (1 - mean))));
    if (n % 50 !== 0) continue;
    const missed = (["max", "min"] as const).some((side) => {
      const ell = meanEll(SCORE_EDGES, mass, { side, limit: mean, bound: side === "max" ? 0 : 1 });
      return proofLogValue(ell, PI_LAMBDA) >= REJECTS;
    });
    if (missed) return true;
  }
  return false;
}

export function barIntervals({ runs }: { runs: number }): Bar {
  const shareOf = (missed: (run: number) => boolean) =>
    Array.from({ length: runs }, (_, run) => run).filter(missed).length / runs;
  const rates = [0.004, 0.05, 0.3].map((p, i) => shareOf((run) => rateEverMissed(p, 900 + i, run)));
  const means = shareOf((run) => meanEverMissed(0.82, 910, run));
  const widths = [
    [5, 1_000],
    [50, 1_000],
    [500, 10_000],
  ].map(([s = 0, n = 1]) => {
    const { lower, upper } = rateCS(s, n, ALPHA);
    const p = s / n;
    return (upper - lower) / (2 * 1.96 * Math.sqrt((p * (1 - p)) / n));
  });
  const worst = Math.max(...rates, means);
  return {
    id: "B10",
    demand: "intervals: time-uniform coverage ≥ 95 %, width ≤ 2 × a fixed-size 95 % interval",
    measured: `coverage ${percent(1 - worst)} or more (${runs} runs each); width ${widths.map((w) => w.toFixed(1)).join(", ")} ×`,
    met: worst <= ALPHA && Math.max(...widths) <= 2,
  };
}
