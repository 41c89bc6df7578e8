/** Keeps one evaluation of a live rollout and does what it decided, in one transaction. For the controller alone. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { violationKeys } from "@/server/domain/rollout/approval";
import { exposureOf, movesOnward } from "@/server/domain/rollout/steps";
import { DECISIONS, ROLLOUT_STATES, THRESHOLD_ACTIONS } from "@/server/domain/vocabulary";
import { findAlias } from "@/server/store/control/aliases";
import {
  addEvaluation,
  findNewestEvaluation,
  writeEvidenceState,
  type EvaluationRow,
} from "@/server/store/control/evaluations";
import { findIncident } from "@/server/store/control/incidents";
import { findRollout, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { ControlContext } from "./context";
import { addToTimeline } from "./incident-core";
import { notify } from "./outside-effects";
import { perform, writeAudit, type Act } from "./perform";
import { carryOutRollback } from "./rollback-core";
import { policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

/** One broken limit, as `Violation` of the policy's thresholds. */
const EvaluatedViolation = z.object({
  thresholdId: z.string().optional(),
  metric: z.string(),
  action: z.enum(THRESHOLD_ACTIONS),
  observed: z.number(),
  threshold: z.number(),
  control: z.number().optional(),
  window: z.string(),
  segment: z.string().optional(),
  dryRun: z.boolean().default(false),
  message: z.string(),
});

export const RecordEvaluationInput = closedObject({
  rolloutId: z.string(),
  /** The rollout's revision when its data was read. */
  expectedRevision: z.number().int().optional(),
  /** Data time that the evaluation is about, epoch ms. */
  atMs: z.number().int().nonnegative(),
  decision: z.enum(DECISIONS),
  /** The present step's time and evidence are in; `promote` says so for the last one. */
  stepEnded: z.boolean().default(false),
  /** What was seen, per rule. Kept as it is: pass the compact form while the decision does not change. */
  detail: z.unknown(),
  violations: z.array(EvaluatedViolation).default([]),
  /** The decision in one sentence. */
  sentence: z.string().min(1),
  codeVersion: z.string().min(1),
  /** Start of the first bad window, for the incident. */
  startedAtMs: z.number().int().nonnegative().optional(),
  /** The evidence carried to the next tick, kept in the same transaction as the decision made of it. */
  evidence: z.object({ consumedToMs: z.number().int(), statVersion: z.string(), state: z.unknown() }).optional(),
});
export type RecordEvaluationInput = z.input<typeof RecordEvaluationInput>;
type Given = z.output<typeof RecordEvaluationInput>;

/** `outdated`: the rollout changed after the data was read; nothing was kept, evaluate again. */
const OUTCOMES = ["kept", "advanced", "promoted", "paused", "rolled_back", "repeated", "outdated", "ended"] as const;

export const RecordEvaluationOutput = z.object({
  outcome: z.enum(OUTCOMES),
  evaluationId: z.number().int().nullable(),
  rollout: z.object({ state: z.enum(ROLLOUT_STATES), stepIndex: z.number().int(), revision: z.number().int() }),
  incidentId: z.string().nullable(),
});
export type RecordEvaluationOutput = z.output<typeof RecordEvaluationOutput>;

/** What `evaluations.detail` holds. */
export interface StoredEvaluationDetail {
  sentence: string;
  violations: z.output<typeof EvaluatedViolation>[];
  detail: unknown;
}

/** Keeps nothing when the rollout has ended, this time was evaluated already, or a person decided after the evidence. */
export function recordEvaluation(context: ControlContext, input: RecordEvaluationInput): RecordEvaluationOutput {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records evaluations");
  const given = parseInput(RecordEvaluationInput, input, "the evaluation");
  return perform(context, (act) => {
    const rollout = requireRollout(act.tx, { rolloutId: given.rolloutId });
    const previous = findNewestEvaluation(act.tx, { rolloutId: rollout.id });
    const refused = whyNotKept(act, { given, rollout, previous });
    if (refused !== undefined) return answer(act, { rollout, outcome: refused, evaluationId: null });
    const evaluationId = keep(act, { given, rollout, previous });
    const outcome = doAsDecided(act, { given, rollout, previous });
    return answer(act, { rollout, outcome, evaluationId });
  });
}

type Outcome = (typeof OUTCOMES)[number];
interface Situation {
  given: Given;
  rollout: RolloutRow;
  previous: EvaluationRow | undefined;
}

function whyNotKept(act: Act, { given, rollout, previous }: Situation): Outcome | undefined {
  if (rollout.endedAtMs !== null) return "ended";
  if (given.expectedRevision !== undefined && given.expectedRevision !== rollout.revision) return "outdated";
  if (previous !== undefined && previous.atMs >= given.atMs) return "repeated";
  const byPerson = listTransitions(act.tx, rollout.id).findLast(
    ({ actorKind }) => actorKind === "person" || actorKind === "token",
  );
  return byPerson !== undefined && byPerson.atMs > given.atMs ? "outdated" : undefined;
}

function keep(act: Act, { given, rollout, previous }: Situation): number {
  const { sentence, violations, detail } = given;
  const stored: StoredEvaluationDetail = { sentence, violations, detail: detail ?? null };
  const id = addEvaluation(act.tx, {
    rolloutId: rollout.id,
    atMs: given.atMs,
    decision: given.decision,
    changed: previous?.decision !== given.decision,
    stepIndex: rollout.stepIndex,
    policyVersion: rollout.policyVersion,
    codeVersion: given.codeVersion,
    detail: stored,
  });
  if (given.evidence !== undefined) {
    writeEvidenceState(act.tx, { rolloutId: rollout.id, ...given.evidence, state: given.evidence.state ?? null });
  }
  return id;
}

function doAsDecided(act: Act, situation: Situation): Outcome {
  const { given } = situation;
  notifyOfNew(act, situation);
  switch (given.decision) {
    case "rollback":
      return rollBackCandidate(act, situation);
    case "pause_for_review":
      return pauseForReview(act, situation);
    case "promote":
      return goOn(act, situation);
    case "continue":
      return given.stepEnded ? goOn(act, situation) : "kept";
  }
}

function rollBackCandidate(act: Act, { given, rollout }: Situation): Outcome {
  const { application, alias, controlId, candidateId } = rollout;
  carryOutRollback(act, {
    application,
    alias,
    current: findAlias(act.tx, rollout),
    failedReleaseId: candidateId,
    targetReleaseId: controlId,
    rollout,
    end: "rollback",
    reason: given.sentence,
    cause: "decision",
    severity: "major",
    startedAtMs: given.startedAtMs,
  });
  return "rolled_back";
}

/** A pause that a person has lifted is not made again for the limits that were broken then, only for new ones. */
function pauseForReview(act: Act, { given, rollout, previous }: Situation): Outcome {
  if (rollout.state === "paused" || rollout.state === "gating") return "kept";
  if (previous?.decision === "pause_for_review" && newKeys(given, previous).length === 0) return "kept";
  const to = { state: "paused", pausedFrom: rollout.state, stepIndex: rollout.stepIndex } as const;
  const auditSeq = writeAudit(act, {
    action: "rollout.paused",
    target: rolloutTarget(rollout),
    before: rolloutState(rollout),
    after: { ...rolloutState(to), violations: given.violations },
    reason: given.sentence,
  });
  const note = { reason: given.sentence, auditSeq };
  carryOut(act, { rollout, moves: [{ event: { type: "pause" }, to }], note });
  const incident = rollout.incidentId === null ? undefined : findIncident(act.tx, rollout.incidentId);
  if (incident !== undefined) {
    addToTimeline(act, {
      incidentId: incident.id,
      kind: "pause",
      text: `Paused for review: ${given.sentence}`,
      auditSeq,
    });
  }
  return "paused";
}

/** The step is done: the next one, an approval, or the promotion. */
function goOn(act: Act, { given, rollout }: Situation): Outcome {
  const policy = policyOf(act.tx, rollout);
  if (rollout.state === "paused" || exposureOf(policy, rollout).track === "none") return "kept";
  const moves = movesOnward(policy, rollout);
  const final = moves.at(-1)?.to ?? rollout;
  const promoted = final.state === "promoted";
  const auditSeq = writeAudit(act, {
    action: promoted ? "rollout.promoted" : "rollout.advanced",
    target: rolloutTarget(rollout),
    before: rolloutState(rollout),
    after: { ...rolloutState(final), ...(promoted ? { alias: rollout.alias, releaseId: rollout.candidateId } : {}) },
    reason: given.sentence,
  });
  carryOut(act, { rollout, moves, note: { reason: given.sentence, auditSeq } });
  return promoted ? "promoted" : "advanced";
}

/** Tells people of limits with action `notify` when they break, once. */
function notifyOfNew(act: Act, { given, rollout, previous }: Situation): void {
  const fresh = new Set(newKeys(given, previous));
  const { application, alias, candidateId, id } = rollout;
  for (const violation of given.violations) {
    if (violation.dryRun || violation.action !== "notify" || !fresh.has(violationKeys([violation])[0] ?? "")) continue;
    const subject = { application, alias, releaseId: candidateId, rolloutId: id };
    notify(act, { kind: "threshold.broken", ...subject, sentence: violation.message, data: violation });
  }
}

/** Limits that are broken now and were not in the evaluation before. */
function newKeys(given: Given, previous: EvaluationRow | undefined): string[] {
  const before = new Set(violationKeys(storedViolations(previous)));
  return violationKeys(given.violations.filter((violation) => !violation.dryRun)).filter((key) => !before.has(key));
}

/** The violations of a kept evaluation that count, i.e. without dry runs. */
export function storedViolations(evaluation: EvaluationRow | undefined): StoredEvaluationDetail["violations"] {
  if (evaluation === undefined) return [];
  // `keep` is the only writer of this column.
  const { violations } = evaluation.detail as StoredEvaluationDetail;
  return violations.filter((violation) => !violation.dryRun);
}

function answer(
  act: Act,
  { rollout, outcome, evaluationId }: { rollout: RolloutRow; outcome: Outcome; evaluationId: number | null },
): RecordEvaluationOutput {
  const now = findRollout(act.tx, rollout.id) ?? rollout;
  const { state, stepIndex, revision, incidentId } = now;
  return { outcome, evaluationId, rollout: { state, stepIndex, revision }, incidentId };
}
