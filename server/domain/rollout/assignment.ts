/**
 * Sticky assignment of subjects to tracks, by hash alone: the same subject gets the same answer from every instance and
 * in every gateway, with nothing stored.
 */
import { sha256Hex } from "@/server/domain/hash";

/** The track a subject is served on, and the numbers it follows from. */
export interface Assignment {
  readonly track: "control" | "canary";
  readonly bucket: number;
}

/** `parseInt(sha256(subject)[0..8], 16) mod 100`: 0–99. */
export function subjectBucket(subject: string): number {
  return subjectHash(subject) % 100;
}

/**
 * 0–9,999: the bucket divided in a hundred, for percentages below 1. It is the same hash mod 10,000 with its two upper
 * digits moved below the bucket's (`bucket · 100 + ⌊(hash mod 10,000) / 100⌋`). Read the plain way, the subjects below
 * 0.5 % would not be among those below 1 %, and raising the percentage would move some back to control.
 */
export function fineBucket(subject: string): number {
  return fineBucketOf(subjectHash(subject));
}

/**
 * Which track serves the subject.
 *
 * @param percentage 0–100 of subjects on the candidate: those with `bucket < percentage`; below 1, those with
 *   `fineBucket < percentage · 100`.
 * @param holdback 0–100 of subjects that stay on control whatever the percentage: the last fine buckets, so that a
 *   subject moves to the candidate late rather than back.
 */
export function assignTrack({
  subject,
  percentage,
  holdback = 0,
}: {
  readonly subject: string;
  readonly percentage: number;
  readonly holdback?: number;
}): Assignment {
  const hash = subjectHash(subject);
  const bucket = hash % 100;
  const fine = fineBucketOf(hash);
  const chosen = percentage >= 1 ? bucket < steady(percentage) : fine < steady(percentage * 100);
  const held = fine >= steady((100 - holdback) * 100);
  return { track: chosen && !held ? "canary" : "control", bucket };
}

function fineBucketOf(hash: number): number {
  return (hash % 100) * 100 + Math.floor((hash % 10_000) / 100);
}

function subjectHash(subject: string): number {
  return Number.parseInt(sha256Hex(subject).slice(0, 8), 16);
}

/** Without binary dust: 100 · 0.07 is 7.000000000000001 and would let one bucket more in. */
function steady(limit: number): number {
  return Math.round(limit * 1e6) / 1e6;
}
