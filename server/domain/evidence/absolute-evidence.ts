/** The log-likelihood ratios of one arm's bucket for a statement about that arm alone. */
import type { ArmBucket } from "./bucket";
import { PI_G, PI_LAMBDA } from "./constants";
import { meanEll } from "./mean-kernel";
import type { Direction } from "./rate-kernel";
import { rateEll } from "./rate-kernel";
import type { AbsoluteTest } from "./rule-config";

/** The prior over effect sizes of a test of one arm. */
export function absolutePrior(test: AbsoluteTest): readonly number[] {
  return test.kind === "rate" ? PI_G : PI_LAMBDA;
}

/** ℓ_k for "the limit is broken" (direction 1) or "the limit is kept" (−1). Zeros for an empty bucket. */
export function absoluteEll(test: AbsoluteTest, arm: ArmBucket, direction: Direction): number[] {
  if (test.kind === "rate") return rateEll({ s: arm.events, n: arm.n, p0: test.limit, direction });
  const tent = arm.tent ?? [];
  const betsOnHigh = (test.side === "max") === (direction === 1);
  if (betsOnHigh) return meanEll(test.edges, tent, { side: "max", limit: test.limit, bound: test.lo });
  return meanEll(test.edges, tent, { side: "min", limit: test.limit, bound: test.hi });
}
