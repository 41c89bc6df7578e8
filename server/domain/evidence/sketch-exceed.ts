/**
 * Counting values beyond a limit from a logarithmic sketch (bucket i holds γ^(i−1) < x ≤ γ^i). Only buckets that lie wholly
 * beyond the limit are counted: the limit tested is rounded away by at most one bucket, never a false alarm.
 */

/** Non-empty buckets of a sketch: index and count. */
export type SketchBins = readonly (readonly [index: number, count: number])[];

/** Index of the first bucket that holds only values above `limit`: ⌈ln limit / ln γ⌉ + 1. */
export function firstBucketAbove(gamma: number, limit: number): number {
  return Math.ceil(bucketPosition(gamma, limit)) + 1;
}

/** Index of the last bucket that holds only values ≤ `limit`, that is, of the last one not to count for `x > limit`. */
export function lastBucketAtOrBelow(gamma: number, limit: number): number {
  return Math.floor(bucketPosition(gamma, limit));
}

/** Lower edge γ^(i−1) of bucket i. */
export function bucketLowerEdge(gamma: number, index: number): number {
  return gamma ** (index - 1);
}

/** Upper edge γ^i of bucket i. */
export function bucketUpperEdge(gamma: number, index: number): number {
  return gamma ** index;
}

/** How many values lie in bucket `first` or above. */
export function countFrom(bins: SketchBins, first: number): number {
  return bins.reduce((sum, [index, count]) => (index >= first ? sum + count : sum), 0);
}

/** ln limit / ln γ, with a limit that is a bucket edge up to rounding taken as that edge. */
function bucketPosition(gamma: number, limit: number): number {
  const position = Math.log(limit) / Math.log(gamma);
  const nearest = Math.round(position);
  return Math.abs(position - nearest) < 1e-9 ? nearest : position;
}
