/** What a step waits for, in words and seconds. */
import type { z } from "zod";
import { parseMetric } from "@/server/domain/metric/metric";
import { formatDuration } from "@/server/domain/policy/duration";
import type { WaitingFor } from "@/server/domain/policy/evaluation";
import type { LoadedRollout } from "./rollout-summary";
import type { WaitingForView } from "./rollout-view";

/** What the newest evaluation waits for; an ended rollout waits for nothing. */
export function stillWaiting({ row, evaluation }: LoadedRollout): readonly WaitingFor[] {
  return row.endedAtMs === null ? (evaluation?.seen.waitingFor ?? []) : [];
}

/** `requests: 120 of 300`; a duration is said as one. */
export function waitingForView({ what, have, needed, etaMs }: WaitingFor): z.input<typeof WaitingForView> {
  return {
    what,
    have,
    needed,
    etaSeconds: etaMs === null ? null : Math.ceil(etaMs / 1000),
    text: text({ what, have, needed }),
  };
}

function text({ what, have, needed }: Pick<WaitingFor, "what" | "have" | "needed">): string {
  if (what === "step duration") return `step duration: ${wholeSeconds(have)} of ${wholeSeconds(needed)}`;
  if (needed <= 0) return what;
  const noun = parseMetric(what) === undefined ? "" : " requests";
  return `${what}: ${have} of ${needed}${noun}`;
}

function wholeSeconds(ms: number): string {
  return formatDuration(Math.floor(ms / 1000) * 1000);
}

/** The longest of the estimates; null when one of them is unknown, 0 when nothing is waited for. */
export function etaSeconds(waiting: readonly WaitingFor[]): number | null {
  let longest = 0;
  for (const { etaMs } of waiting) {
    if (etaMs === null) return null;
    longest = Math.max(longest, Math.ceil(etaMs / 1000));
  }
  return longest;
}
