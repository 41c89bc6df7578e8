/** Who is compared with whom in a rollout, and from when on: arrival for evidence, the requests' own time for windows. */
import type { Policy } from "@/server/domain/policy/policy";
import type { ControlDatabase } from "@/server/store/control/database";
import { listRollouts, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import type { Comparison } from "./rule-windows";

/** Earlier rollouts of a candidate that are looked at: the newest is the one that matters. */
const EARLIER_ROLLOUTS = 5;

/** What has happened to a rollout up to one revision. */
export interface RolloutHistory {
  readonly revision: number;
  readonly track: "shadow" | "canary";
  /** When the candidate was first served (or shadowed) in this rollout, epoch ms. */
  readonly sinceMs: number;
  /** When the last earlier rollout of the candidate ended, epoch ms; 0 for none. */
  readonly earlierEndMs: number;
  /** When a person or a token last changed the rollout, epoch ms; 0 for never. */
  readonly handledAtMs: number;
}

/** Reads the rollout's history on the track that serves (or shadows) now. */
export function rolloutHistory(
  control: ControlDatabase,
  { rollout, track }: { rollout: RolloutRow; track: "shadow" | "canary" },
): RolloutHistory {
  const { application, candidateId } = rollout;
  const transitions = listTransitions(control, rollout.id);
  const wanted = track === "shadow" ? ["shadow"] : ["canary", "soak"];
  const earlier = listRollouts(control, { application, candidateId, limit: EARLIER_ROLLOUTS }).items;
  const byHand = transitions.findLast(({ actorKind }) => actorKind === "person" || actorKind === "token");
  return {
    revision: rollout.revision,
    track,
    sinceMs: transitions.find((one) => wanted.includes(one.toState))?.atMs ?? rollout.startedAtMs,
    earlierEndMs: Math.max(0, ...earlier.filter((one) => one.id !== rollout.id).map((one) => one.endedAtMs ?? 0)),
    handledAtMs: byHand?.atMs ?? 0,
  };
}

/**
 * The comparison of a rollout. Requests may carry times before the rollout began: clocks differ, and results of a test
 * run are sent afterwards. They count as far back as the longest window reaches, but not into an earlier rollout of the
 * same candidate.
 */
export function comparisonOf(
  telemetry: TelemetryReader,
  { rollout, policy, history }: { rollout: RolloutRow; policy: Policy; history: RolloutHistory },
): Comparison {
  const { application, candidateId, controlId } = rollout;
  const { track, sinceMs, earlierEndMs } = history;
  const longestMs = Math.max(0, ...policy.thresholds.map((threshold) => threshold.windowMs));
  const before = telemetry.traffic({ application, fromMs: Math.max(sinceMs - longestMs, earlierEndMs), toMs: sinceMs });
  const own = before.find((row) => row.releaseId === candidateId && row.track === track);
  const dataFromMs = Math.min(sinceMs, own?.firstMs ?? sinceMs);
  return { application, candidateId, controlId, candidateTrack: track, sinceMs, dataFromMs };
}
