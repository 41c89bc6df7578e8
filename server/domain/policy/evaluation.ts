/**
 * What one evaluation of a policy says: a finding per rule, the decision, and what is still waited for. It is stored
 * with every evaluation and is what pages and the API show, so that nobody has to recompute what was seen.
 */
import { z } from "zod";
import { DECISIONS, THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";

/**
 * The word for a rule's state. Missing data is neither `pass` nor `breach`: `no_data` is nothing at all, `collecting`
 * too little, `not_comparable` a control that is missing; `environment` is a limit broken on both tracks alike.
 */
const VERDICTS = ["pass", "watch", "breach", "collecting", "no_data", "not_comparable", "environment"] as const;

/** A value with its sample size and interval, in the metric's unit; null without data. */
export const Sample = z.object({
  count: z.number().int().nonnegative(),
  value: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
});
export type Sample = z.infer<typeof Sample>;

/** What a rule's evidence says, and how much more of it a verdict is likely to need. */
const RuleEvidence = z.object({
  log10: z.number(),
  decidesAt: z.number(),
  /** Shown to be within the limit. */
  proven: z.boolean(),
  /** Observations since the evidence began. */
  n: z.number().int().nonnegative().optional(),
  /** Observations that are likely to be needed beyond `n`, and how long they take at the rate so far; null: unknown. */
  more: z.number().int().nonnegative().nullable().optional(),
  etaMs: z.number().nullable().optional(),
  /** One of the rules that regressed, of all rules and segments, with at most 5 % false discoveries among them. */
  regressed: z.boolean().optional(),
});

/** One rule (a threshold, or a threshold for one segment value) at one evaluation. */
export const Finding = z.object({
  /** The threshold's id: `p95_ttft_ms:max`. */
  rule: z.string(),
  metric: z.string(),
  /** `region=us-west`; absent for all requests. */
  segment: z.string().optional(),
  action: z.enum(THRESHOLD_ACTIONS),
  /** Evaluated and shown, but decides nothing. */
  dryRun: z.boolean(),
  verdict: z.enum(VERDICTS),
  /** The newest settled window. */
  candidate: Sample,
  control: Sample,
  /** Windows in a row beyond the limit, counted back from the newest, and how many make a breach. */
  breaching: z.number().int().nonnegative(),
  required: z.number().int().positive(),
  /** Evidence against the rule (log10 of the e-value) and where it decides; only with `evidence: confident`. */
  evidence: RuleEvidence.optional(),
  /** Requests the rule needs in all before it can say anything; null when it already can. */
  needed: z.number().int().nullable(),
  /** There are data, but not fit to be judged on; the evaluation waits for what is wrong with them. */
  unfit: z.literal(true).optional(),
  /** The finding in words. */
  detail: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** The limit is not shown to be broken, and not shown to be kept either: `pass` decides so, and a reader must be told. */
export function isUndecided({ verdict, evidence }: Pick<Finding, "verdict" | "evidence">): boolean {
  return verdict === "pass" && evidence !== undefined && !evidence.proven;
}

/** A broken rule in the words of the contract: `p95_ttft_ms=910 exceeds max 850 over 5m`. */
export const EvaluationViolation = z.object({
  action: z.enum(THRESHOLD_ACTIONS),
  metric: z.string(),
  segment: z.string().optional(),
  observed: z.number(),
  threshold: z.number(),
  /** The concurrent control's value, for a relative limit. */
  control: z.number().optional(),
  window: z.string(),
  message: z.string(),
});
export type EvaluationViolation = z.infer<typeof EvaluationViolation>;

/** Why a step cannot end yet. `etaMs` is how long it will take at the present rate, null when that cannot be said. */
export const WaitingFor = z.object({
  what: z.string(),
  have: z.number(),
  needed: z.number(),
  etaMs: z.number().nullable(),
});
export type WaitingFor = z.infer<typeof WaitingFor>;

export const PolicyEvaluation = z.object({
  mode: z.enum(["confident", "window"]),
  decision: z.enum(DECISIONS),
  /** The current step's time has passed and its evidence is in: the next step may begin. */
  stepComplete: z.boolean(),
  findings: z.array(Finding),
  violations: z.array(EvaluationViolation),
  waitingFor: z.array(WaitingFor),
  /** Why a pause is asked for, when it is. */
  pauseReason: z.enum(["quality", "environment", "unattributed"]).optional(),
  /** One sentence a person could read out on a call. */
  sentence: z.string(),
});
export type PolicyEvaluation = z.infer<typeof PolicyEvaluation>;
