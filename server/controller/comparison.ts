/** Who is compared with whom in a rollout, and from when on: arrival for evidence, the requests' own time for windows. */
import type { Policy } from "@/server/domain/policy/policy";
import type { ControlDatabase } from "@/server/store/control/database";
import { listRollouts, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import type { Comparison } from "./rule-windows";

/** Earlier rollouts of a candidate that are looked at: the newest is the one that matters. */
const EARLIER_ROLLOUTS = 5;

/** The comparison of a rollout on the track that serves (or shadows) now. */
export function comparisonOf(
  deps: { control: ControlDatabase; telemetry: TelemetryReader },
  { rollout, policy, track }: { rollout: RolloutRow; policy: Policy; track: "shadow" | "canary" },
): Comparison {
  const { application, candidateId, controlId } = rollout;
  const sinceMs = servedSince(deps.control, rollout, track);
  const dataFromMs = dataFrom(deps, { rollout, policy, track, sinceMs });
  return { application, candidateId, controlId, candidateTrack: track, sinceMs, dataFromMs };
}

/** When the candidate was first served (or shadowed) in this rollout. */
function servedSince(control: ControlDatabase, rollout: RolloutRow, track: "shadow" | "canary"): number {
  const wanted = track === "shadow" ? ["shadow"] : ["canary", "soak"];
  return listTransitions(control, rollout.id).find((one) => wanted.includes(one.toState))?.atMs ?? rollout.startedAtMs;
}

/**
 * Requests may carry times before the rollout began: clocks differ, and results of a test run are sent afterwards. They
 * count as far back as the longest window reaches, but not into an earlier rollout of the same candidate.
 */
function dataFrom(
  { control, telemetry }: { control: ControlDatabase; telemetry: TelemetryReader },
  {
    rollout,
    policy,
    track,
    sinceMs,
  }: { rollout: RolloutRow; policy: Policy; track: "shadow" | "canary"; sinceMs: number },
): number {
  const { application, candidateId } = rollout;
  const longestMs = Math.max(0, ...policy.thresholds.map((threshold) => threshold.windowMs));
  const earlier = listRollouts(control, { application, candidateId, limit: EARLIER_ROLLOUTS }).items;
  const ends = earlier.filter((one) => one.id !== rollout.id).map((one) => one.endedAtMs ?? 0);
  const fromMs = Math.max(sinceMs - longestMs, ...ends);
  const before = telemetry.traffic({ application, fromMs, toMs: sinceMs });
  const own = before.find((row) => row.releaseId === candidateId && row.track === track);
  return Math.min(sinceMs, own?.firstMs ?? sinceMs);
}
