/**
 * How an alias stands to git. The states are for people; what is committed or applied because of one is decided where it
 * is done.
 */
import type { AliasMoveCause } from "@/server/domain/vocabulary";

/**
 * `ahead_of_git`: what runs was moved outside git; `behind_git`: git has moved on and what runs has not followed yet;
 * `unknown_release`: git names a release that nobody knows; `git_unreachable`: they agreed when git last answered.
 */
export const DRIFT_STATES = ["in_sync", "ahead_of_git", "behind_git", "unknown_release", "git_unreachable"] as const;
type DriftState = (typeof DRIFT_STATES)[number];

/** A move outside git in an emergency: git is brought to what runs, and must not undo it. */
export const EMERGENCY_CAUSES: ReadonlySet<AliasMoveCause> = new Set(["rollback", "break_glass"]);

/** One alias, as git declares it and as it runs. */
export interface AliasReading {
  /** Null when git's reference names nothing. */
  readonly declaredReleaseId: string | null;
  /** Whether the declared release is declared in the commit or registered. */
  readonly isKnown: boolean;
  /** When this declaration was first seen. */
  readonly declaredAtMs: number;
  /** Null when the alias does not exist yet. */
  readonly runningReleaseId: string | null;
  readonly movedAtMs: number | null;
  /** Candidate of the live rollout on the alias. */
  readonly candidateId: string | null;
  /** The declared release may not come back until a person says so. */
  readonly isQuarantined: boolean;
  /** Whether git answered when it was last asked. */
  readonly isReachable: boolean;
}

/** `latched`: git declares a release that was taken out in an emergency; applying it is refused until git agrees. */
export interface AliasDrift {
  readonly state: DriftState;
  readonly latched: boolean;
}

/** A drift that is known stays visible while git cannot be reached: only agreement becomes doubtful. */
export function driftOf(reading: AliasReading): AliasDrift {
  const { declaredReleaseId, runningReleaseId } = reading;
  if (declaredReleaseId === null || !reading.isKnown) return { state: "unknown_release", latched: false };
  if (declaredReleaseId === runningReleaseId) {
    return { state: reading.isReachable ? "in_sync" : "git_unreachable", latched: false };
  }
  if (reading.candidateId === declaredReleaseId) return { state: "behind_git", latched: false };
  if (reading.isQuarantined) return { state: "ahead_of_git", latched: true };
  const movedLast = reading.movedAtMs !== null && reading.movedAtMs > reading.declaredAtMs;
  return { state: movedLast ? "ahead_of_git" : "behind_git", latched: false };
}
