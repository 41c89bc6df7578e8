/** Whether traffic has really left the failed release: the only proof that a rollback worked. */
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { countWords, shareWords } from "./count-words";
import type { ReadDeps } from "./deps";
import type { RollbackProgressView } from "./rollback-preview-view";
import { clockWords, lengthWords } from "./time-words";
import { observedTraffic } from "./traffic-share";

type Step = RollbackProgressView["steps"][number];

/** Draining is told over this long, and drained needs twice as long without a request on the failed release. */
const DRAINING_MS = 30_000;
const DRAINED_MS = 60_000;

/** @param drainedAtMs when the watch saw the failed release fall silent, if it has. */
export function drainStep(
  deps: ReadDeps,
  { move, drainedAtMs }: { move: AliasMoveRow & { fromReleaseId: string }; drainedAtMs: number | null },
): Step {
  const { application, fromReleaseId, toReleaseId } = move;
  const name = "observed_traffic";
  const recent = observedTraffic(deps, { application, lengthMs: DRAINING_MS });
  const longer = observedTraffic(deps, { application, lengthMs: DRAINED_MS });
  const onFailed = recent.counts.get(fromReleaseId) ?? 0;
  if (onFailed > 0) {
    const share = shareWords(onFailed / recent.total);
    const of = `${share} of ${countWords(recent.total, "request")} in the last 30 s`;
    if (drainedAtMs !== null) {
      const detail = `it had drained at ${clockWords(drainedAtMs, deps.nowMs)}, but ${of} are on ${fromReleaseId} again`;
      return { name, state: "failed", at: drainedAtMs, detail };
    }
    return { name, state: "running", at: null, detail: `draining: ${of} still on ${fromReleaseId}` };
  }
  if (drainedAtMs !== null) {
    const took = lengthWords(drainedAtMs - move.atMs);
    return { name, state: "done", at: drainedAtMs, detail: `drained ${took} after the move: ${seenWords()}` };
  }
  const late = longer.counts.get(fromReleaseId) ?? 0;
  if (late > 0) {
    const detail = `draining: no request in the last 30 s on ${fromReleaseId}, ${late} in the 30 s before`;
    return { name, state: "running", at: null, detail };
  }
  if (longer.total === 0) {
    return {
      name,
      state: "waiting",
      at: null,
      detail: "no request has arrived in the last 60 s: nothing is observed yet",
    };
  }
  return { name, state: (longer.counts.get(toReleaseId) ?? 0) > 0 ? "done" : "waiting", at: null, detail: seenWords() };

  function seenWords(): string {
    if (longer.total === 0) return "no request has arrived in the last 60 s";
    const onTarget = longer.counts.get(toReleaseId) ?? 0;
    return `${shareWords(onTarget / longer.total)} of ${countWords(longer.total, "request")} in the last 60 s on ${toReleaseId}`;
  }
}
