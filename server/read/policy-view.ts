/** The shapes of policies: the list, one version in full, what a draft would mean, and what it would have decided. */
import { z } from "zod";
import { MeasuredFalseAlarms } from "./measured-false-alarms";
import { PolicyState } from "@/server/control/policy-core";
import { Loosening } from "@/server/domain/policy/loosens";
import { PolicyChange } from "@/server/domain/policy/policy-changes";
import { REPLAY_OUTCOMES, ROLLOUT_TRUTHS } from "@/server/domain/policy/replay-outcome";
import { DiffLine } from "@/server/domain/prompt/text-diff";
import { Time } from "@/server/domain/time";
import { DECISIONS, POLICY_CHANGE_KINDS, ROLLOUT_STATES, THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";
import { Actor, ReleaseRef, Violation } from "./common-view";

const PolicyVersion = z.object({ version: z.number().int(), createdAt: Time, createdBy: z.string() });

/** A version that loosens a rollback rule and waits for somebody else. */
const ProposalView = z.object({
  version: z.number().int(),
  by: Actor,
  at: Time,
  reason: z.string().nullable(),
  loosens: z.array(Loosening),
  changes: z.array(PolicyChange),
  /** Whether whoever asks may approve it, and why not, in words. */
  viewer: z.object({ eligible: z.boolean(), reason: z.string() }),
});

/** A live rollout under some version of the policy. */
const PolicyUse = z.object({
  application: z.string(),
  alias: z.string(),
  rolloutId: z.string(),
  candidate: ReleaseRef,
  version: z.number().int(),
  state: z.enum(ROLLOUT_STATES),
});

export const PolicySummaryView = PolicyVersion.extend({
  name: z.string(),
  /** Of the version in force. */
  sentences: z.array(z.string()),
  /** The version that waits for an approval, if one does. */
  pendingVersion: z.number().int().nullable(),
  rules: z.object({ rollback: z.number().int(), pause: z.number().int(), notify: z.number().int() }),
  liveRollouts: z.number().int(),
  /** When a rollout under any version of it was last rolled back; null when none was. */
  lastRollbackAt: Time.nullable(),
});

export const PolicyListView = z.object({ items: z.array(PolicySummaryView) });

export const PolicyView = PolicyVersion.extend({
  name: z.string(),
  state: PolicyState,
  /** The version that new rollouts take. */
  inForceVersion: z.number().int(),
  sentences: z.array(z.string()),
  rules: z.array(
    z.object({ id: z.string(), action: z.enum(THRESHOLD_ACTIONS), dryRun: z.boolean(), sentence: z.string() }),
  ),
  /** The document as data. */
  document: z.record(z.string(), z.unknown()),
  /** The document as text: as it was written where it came as text, with its comments. */
  text: z.string(),
  /** Against the version in force, where this one is not. */
  changes: z.array(PolicyChange),
  /** Every version, newest first. */
  versions: z.array(PolicyVersion.extend({ state: PolicyState, rollouts: z.number().int() })),
  /** What became of the versions, newest first. */
  history: z.array(
    z.object({
      version: z.number().int(),
      kind: z.enum(POLICY_CHANGE_KINDS),
      at: Time,
      by: Actor,
      reason: z.string().nullable(),
      auditSeq: z.number().int().nullable(),
    }),
  ),
  proposal: ProposalView.nullable(),
  uses: z.array(PolicyUse),
  /** How often this version was wrong about the control compared with itself, beside what it promises. */
  falseAlarms: MeasuredFalseAlarms,
  /** What it says of healthy releases that it would stop, in words. */
  promise: z.string(),
});

/** What is wrong with a text, where, and what to write instead. */
const PolicyIssue = z.object({
  pointer: z.string(),
  message: z.string(),
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
});

/** A draft, read back. Everything after `issues` is empty while there are any. */
export const PolicyCheckView = z.object({
  issues: z.array(PolicyIssue),
  sentences: z.array(z.string()),
  /** Against the version in force; for a new policy, nothing. */
  loosens: z.array(Loosening),
  changes: z.array(PolicyChange),
  /** The text against the one in force, line by line. */
  diff: z.array(DiffLine),
  /** What publishing it now would do, in words. */
  outcome: z.string(),
  /** It says what the version in force, or the one that waits, says. */
  isUnchanged: z.boolean(),
  /** Somebody else has to approve it. */
  needsApproval: z.boolean(),
  /** What is likely to disappoint: a metric that nobody sends, a rule that never gets its sample. */
  warnings: z.array(z.object({ rule: z.string().nullable(), message: z.string() })),
});
export type PolicyCheckView = z.input<typeof PolicyCheckView>;

const RolloutFace = z.object({
  rolloutId: z.string(),
  application: z.string(),
  alias: z.string(),
  candidate: ReleaseRef,
  state: z.enum(ROLLOUT_STATES),
});

/** What a draft would say of the live rollouts, had each run under it from its start. */
export const PolicyDryRunView = z.object({
  items: z.array(
    RolloutFace.extend({
      now: z.object({ decision: z.enum(DECISIONS), sentence: z.string() }),
      would: z.object({ decision: z.enum(DECISIONS), sentence: z.string(), violations: z.array(Violation) }),
    }),
  ),
});
export type PolicyDryRunView = z.input<typeof PolicyDryRunView>;

/** One policy over one rollout that has been. */
export const PolicyReplayView = RolloutFace.extend({
  startedAt: Time,
  endedAt: Time.nullable(),
  /** What is known now of whether it was good. */
  truth: z.enum(ROLLOUT_TRUTHS),
  /** The first bad window, where an incident knows it. */
  onsetAt: Time.nullable(),
  incidentId: z.string().nullable(),
  /** What really happened. */
  happened: z.object({ rollbackAt: Time.nullable(), pauseAt: Time.nullable(), sentence: z.string() }),
  outcome: z.enum(REPLAY_OUTCOMES),
  firstRollbackAt: Time.nullable(),
  firstPauseAt: Time.nullable(),
  final: z.enum(DECISIONS).nullable(),
  /** From the onset, else from the start, to the first rollback or pause; null when there was none. */
  detectionMs: z.number().nullable(),
  /** The first limit that was broken, in words. */
  because: z.string().nullable(),
  evaluations: z.number().int(),
  /** Requests of candidate and control that were looked at. */
  requests: z.number().int(),
  tickMs: z.number().int(),
  /** Whether it came to the end within its time. */
  complete: z.boolean(),
  replayedTo: Time,
  changes: z.array(z.object({ at: Time, decision: z.enum(DECISIONS), violations: z.array(Violation) })),
});
export type PolicyReplayView = z.input<typeof PolicyReplayView>;
