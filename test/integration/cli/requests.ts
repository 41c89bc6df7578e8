/** Request records for replays: lines of NDJSON from arms whose requests are spread evenly over their time. */
import type { z } from "zod";
import type { RequestInput } from "@/server/domain/request/request-record";
import type { Track } from "@/server/domain/vocabulary";
import { NOON } from "./run-command";

export const CONTROL = "a0e277e29c";
export const CANDIDATE = "f91be2a454";
export const MINUTE_MS = 60_000;

export interface Arm {
  releaseId?: string;
  track?: Track;
  /** Minutes after noon. */
  from?: number;
  to?: number;
  /** Requests a minute. */
  perMinute?: number;
  /** The i-th request, on top of a good one. */
  facts?: (index: number) => Partial<z.input<typeof RequestInput>>;
}

/** The lines of all arms together, in order of time. */
export function linesOf(...arms: readonly Arm[]): string {
  return arms
    .flatMap((arm, number) => records(arm, number))
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs, ...record }) => `${JSON.stringify({ ...record, time: new Date(timeMs).toISOString() })}\n`)
    .join("");
}

function records({ from = 0, to = 10, perMinute = 60, ...arm }: Arm, number: number) {
  const count = Math.round((to - from) * perMinute);
  const { releaseId = CANDIDATE, track = "canary", facts } = arm;
  return Array.from({ length: count }, (_, index) => ({
    requestId: `r${number}-${index}`,
    releaseId,
    track,
    subject: `tenant-${index % 97}`,
    ...facts?.(index),
    timeMs: NOON + from * MINUTE_MS + Math.floor((index * MINUTE_MS) / perMinute),
  }));
}

/** True for a share of indices, spread by a fixed sequence that knows no rhythm. */
export function chance(index: number, share: number): boolean {
  return ((Math.imul(index + 1, 2_654_435_761) >>> 0) / 2 ** 32) % 1 < share;
}
