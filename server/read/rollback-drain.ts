/** Whether traffic has really left the failed release: the only proof that a rollback worked. */
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { countWords, shareWords } from "@/server/domain/words/count-words";
import type { ReadDeps } from "./deps";
import { behindWords, gatewaysOf } from "./gateway-acks";
import type { RollbackProgressView } from "./rollback-preview-view";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";
import { observedTraffic, type ObservedTraffic } from "./traffic-share";

type Step = RollbackProgressView["steps"][number];

const NAME = "observed_traffic";

/** Draining is told over this long, and drained needs twice as long without a request on the failed release. */
const DRAINING_MS = 30_000;
const DRAINED_MS = 60_000;

/** @param drainedAtMs when the watch saw the failed release fall silent, if it has. */
export function drainStep(
  deps: ReadDeps,
  { move, drainedAtMs }: { move: AliasMoveRow & { fromReleaseId: string }; drainedAtMs: number | null },
): Step {
  const { application, fromReleaseId, toReleaseId } = move;
  const recent = observedTraffic(deps, { application, lengthMs: DRAINING_MS });
  const longer = observedTraffic(deps, { application, lengthMs: DRAINED_MS });
  const onFailed = recent.counts.get(fromReleaseId) ?? 0;
  if (onFailed > 0) {
    const share = `${shareWords(onFailed / recent.total)} of ${countWords(recent.total, "request")} in the last 30 s`;
    const step = stillServing({ share, fromReleaseId, drainedAtMs, nowMs: deps.nowMs });
    const { behind } = gatewaysOf(deps, move);
    // Where to look: the gateways that have not said that they took the move over.
    return behind.length === 0 ? step : { ...step, detail: `${step.detail}; ${behindWords(behind, deps.nowMs)}` };
  }
  const seen = seenWords(longer, toReleaseId);
  if (drainedAtMs !== null) {
    const took = lengthWords(drainedAtMs - move.atMs);
    return { name: NAME, state: "done", at: drainedAtMs, detail: `drained ${took} after the move: ${seen}` };
  }
  const late = longer.counts.get(fromReleaseId) ?? 0;
  if (late > 0) {
    const detail = `draining: no request in the last 30 s on ${fromReleaseId}, ${late} in the 30 s before`;
    return { name: NAME, state: "running", at: null, detail };
  }
  const isServing = (longer.counts.get(toReleaseId) ?? 0) > 0;
  return { name: NAME, state: isServing ? "done" : "waiting", at: null, detail: seen };
}

function stillServing(given: {
  share: string;
  fromReleaseId: string;
  drainedAtMs: number | null;
  nowMs: number;
}): Step {
  const { share, fromReleaseId, drainedAtMs, nowMs } = given;
  if (drainedAtMs === null) {
    return { name: NAME, state: "running", at: null, detail: `draining: ${share} still on ${fromReleaseId}` };
  }
  const detail = `it had drained at ${clockWords(drainedAtMs, nowMs)}, but ${share} are on ${fromReleaseId} again`;
  return { name: NAME, state: "failed", at: drainedAtMs, detail };
}

function seenWords({ total, counts }: ObservedTraffic, toReleaseId: string): string {
  if (total === 0) return "no request has arrived in the last 60 s: nothing is observed yet";
  const share = shareWords((counts.get(toReleaseId) ?? 0) / total);
  return `${share} of ${countWords(total, "request")} in the last 60 s on ${toReleaseId}`;
}
