/** The shapes of one rollout: its page and `GET /api/v1/rollouts/{id}`, its kept evaluations, and the web-metric answer. */
import { z } from "zod";
import { MeasuredFalseAlarms } from "./measured-false-alarms";
import { Finding } from "@/server/domain/policy/evaluation";
import { Time } from "@/server/domain/time";
import { DECISIONS, ROLLOUT_STATES, THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";
import { Actor, ComponentChange, Freshness, RolloutSummary, Violation } from "./common-view";

/** What a step cannot end without. `etaSeconds` is null when nobody can tell. */
export const WaitingForView = z.object({
  what: z.string(),
  have: z.number(),
  needed: z.number(),
  etaSeconds: z.number().nullable(),
  /** `300 requests (120 so far)`. */
  text: z.string(),
});

const RolloutStepView = z.object({
  index: z.number().int(),
  kind: z.enum(["shadow", "canary", "approval", "soak"]),
  /** 0–100 the candidate gets; what the step before gave while people are asked. */
  percentage: z.number(),
  /** 0–100 of subjects that stay on the control. */
  holdback: z.number(),
  minDurationMs: z.number(),
  minRequests: z.number().int(),
  /** Different people who must approve; 0 for a step that serves. */
  approvals: z.number().int(),
  state: z.enum(["done", "current", "upcoming", "skipped"]),
  startedAt: Time.nullable(),
});

const RolloutTransitionView = z.object({
  at: Time,
  event: z.string(),
  from: z.string(),
  to: z.enum(ROLLOUT_STATES),
  stepIndex: z.number().int(),
  actor: Actor,
  reason: z.string(),
  auditSeq: z.number().int(),
});

export const ApprovalView = z.object({
  by: Actor,
  at: Time,
  verdict: z.enum(["approve", "extend", "reject"]),
  reason: z.string(),
  stepIndex: z.number().int(),
  /** Whether it still counts: an approval is void once other limits are broken than those it was given on, or the step is extended. */
  counts: z.boolean(),
  auditSeq: z.number().int(),
});

/** Who may answer a paused rollout, and what an answer is bound to. */
export const PendingApproval = z.object({
  required: z.number().int(),
  given: z.number().int(),
  /** In words: the role that is needed, and who is excluded and why. */
  eligibility: z.string(),
  /** For the viewer asked about, whether they may approve and why not. */
  viewer: z.object({ eligible: z.boolean(), reason: z.string() }).nullable(),
  /** What an approval given now would be bound to. */
  evidenceHash: z.string(),
});

export const RolloutView = RolloutSummary.extend({
  /** Compare-and-set: sent back with pause, resume, approve, reject and abort. */
  revision: z.number().int(),
  freshness: Freshness,
  /** One finding per rule, from the newest evaluation. Empty before the first. */
  evidence: z.array(Finding),
  violations: z.array(Violation),
  waitingFor: z.array(WaitingForView),
  /** Null before the first evaluation. */
  evaluation: z
    .object({
      id: z.number().int(),
      at: Time,
      mode: z.enum(["confident", "window"]),
      sentence: z.string(),
      pauseReason: z.enum(["quality", "environment", "unattributed"]).nullable(),
    })
    .nullable(),
  /** The policy's steps; `current` is where the rollout is, or where it ended. */
  steps: z.array(RolloutStepView),
  policySentences: z.array(z.string()),
  /** The measured false-alarm rate of the policy version, beside its promise. */
  falseAlarms: MeasuredFalseAlarms,
  /** Against the control. */
  changes: z.array(ComponentChange),
  transitions: z.array(RolloutTransitionView),
  approvals: z.array(ApprovalView),
  /** Who may answer, while the rollout is paused; null otherwise. */
  approval: PendingApproval.nullable(),
});
export type RolloutView = z.input<typeof RolloutView>;

/** `GET /api/v1/rollouts`. */
export const RolloutListView = z.object({ items: z.array(RolloutSummary), nextCursor: z.string().optional() });
export type RolloutListView = z.input<typeof RolloutListView>;

/** One kept evaluation. */
const RolloutEvaluationView = z.object({
  id: z.number().int(),
  at: Time,
  decision: z.enum(DECISIONS),
  /** Whether it decided otherwise than the one before. */
  changed: z.boolean(),
  stepIndex: z.number().int(),
  policy: z.object({ name: z.string(), version: z.number().int() }),
  codeVersion: z.string(),
  sentence: z.string(),
  findings: z.array(Finding),
  violations: z.array(Violation),
  waitingFor: z.array(WaitingForView),
});
/** `GET /api/v1/rollouts/{id}/evaluations`, newest first. */
export const RolloutEvaluationsView = z.object({
  items: z.array(RolloutEvaluationView),
  nextCursor: z.string().optional(),
});
export type RolloutEvaluationsView = z.input<typeof RolloutEvaluationsView>;

/** `GET /api/v1/rollouts/{id}/analysis`: small, and usable as Argo Rollouts' web metric. */
export const RolloutAnalysisView = z.object({
  data: z.object({
    verdict: z.enum(["pass", "fail", "inconclusive"]),
    decision: z.enum(DECISIONS),
    violations: z.array(
      z.object({
        metric: z.string(),
        action: z.enum(THRESHOLD_ACTIONS),
        observed: z.number(),
        threshold: z.number(),
        window: z.string(),
        segment: z.string().optional(),
        message: z.string(),
      }),
    ),
    /** By metric: both tracks' newest values, the candidate's n and interval. Null where there is no data. */
    metrics: z.record(
      z.string(),
      z.object({
        candidate: z.number().nullable(),
        control: z.number().nullable(),
        n: z.number().int(),
        lower: z.number().nullable(),
        upper: z.number().nullable(),
      }),
    ),
    waitingFor: z.array(WaitingForView),
    /** Until everything waited for is in, at the present rate; null when nobody can tell, 0 when nothing is missing. */
    etaSeconds: z.number().nullable(),
    evaluationId: z.number().int().nullable(),
    policy: z.string(),
    url: z.string(),
  }),
});
export type RolloutAnalysisView = z.input<typeof RolloutAnalysisView>;
