/** A shadow run against the control on the same requests: does quality hold, and does it cost more? */
import { formatSignedPercent, formatSignedScore } from "./format-change";

/** One arm's judge scores (0–1) and token counts, per request. */
export interface ShadowArm {
  readonly judgeScores: readonly number[];
  readonly tokens: readonly number[];
}

/** Differences of means, shadow minus control; absent where an arm has no data. */
export interface ShadowComparison {
  readonly qualityDelta?: number;
  /** A fraction of the control's mean. */
  readonly tokenDelta?: number;
  readonly qualityDeltaText: string;
  readonly tokenDeltaText: string;
  /** The tokens rose by more than the limit; also true where that cannot be told. */
  readonly needsCostReview: boolean;
}

/** A token rise above this fraction wants a look at the cost. */
const COST_REVIEW_ABOVE = 0.1;

/** Compares two arms; `costReviewAbove` is a fraction of the control's mean tokens. */
export function compareShadow({
  control,
  shadow,
  costReviewAbove = COST_REVIEW_ABOVE,
}: {
  readonly control: ShadowArm;
  readonly shadow: ShadowArm;
  readonly costReviewAbove?: number;
}): ShadowComparison {
  const [scoreBefore, scoreNow] = [mean(control.judgeScores), mean(shadow.judgeScores)];
  const [tokensBefore, tokensNow] = [mean(control.tokens), mean(shadow.tokens)];
  const qualityDelta = scoreBefore === undefined || scoreNow === undefined ? undefined : scoreNow - scoreBefore;
  const tokenDelta =
    tokensBefore === undefined || tokensNow === undefined || tokensBefore === 0
      ? undefined
      : tokensNow / tokensBefore - 1;
  return {
    ...(qualityDelta === undefined ? {} : { qualityDelta }),
    ...(tokenDelta === undefined ? {} : { tokenDelta }),
    qualityDeltaText: qualityDelta === undefined ? "no data" : formatSignedScore(qualityDelta),
    tokenDeltaText: tokenDelta === undefined ? "no data" : formatSignedPercent(tokenDelta),
    needsCostReview: tokenDelta === undefined || tokenDelta > costReviewAbove,
  };
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
