/** Keeps one evaluation of a live rollout and does what it decided, in one transaction. For the controller alone. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { violationWords } from "@/server/domain/policy/violation-words";
import { violationKeys } from "@/server/domain/rollout/approval";
import { exposureOf, movesOnward } from "@/server/domain/rollout/steps";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { writeCalibration } from "@/server/store/control/calibrations";
import { findAlias } from "@/server/store/control/aliases";
import {
  addEvaluation,
  findNewestEvaluation,
  writeEvidenceState,
  type EvaluationRow,
} from "@/server/store/control/evaluations";
import { findIncident } from "@/server/store/control/incidents";
import { findRollout, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import { advance } from "./advance-rollout";
import { storedViolations } from "./approval-core";
import type { ControlContext } from "./context";
import { addToTimeline } from "./incident-core";
import { notify } from "./outside-effects";
import { perform, writeAudit, type Act } from "./perform";
import { carryOutRollback } from "./rollback-core";
import { policyOf, requireRollout, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut } from "./rollout-progress";

export const RecordEvaluationInput = closedObject({
  rolloutId: z.string(),
  /** The rollout's revision when its data was read. */
  expectedRevision: z.number().int().optional(),
  /** Data time that the evaluation is about, epoch ms. */
  atMs: z.number().int().nonnegative(),
  /** What was seen and decided; kept as it is. */
  evaluation: PolicyEvaluation,
  codeVersion: z.string().min(1),
  /** Start of the first bad window, for the incident. */
  startedAtMs: z.number().int().nonnegative().optional(),
  /** The evidence carried to the next tick, kept in the same transaction as the decision made of it. */
  evidence: z.object({ consumedToMs: z.number().int(), statVersion: z.string(), state: z.unknown() }).optional(),
  /** How the control compared with itself so far in the rollout. */
  calibration: z.object({ runs: z.number().int(), elapsedSec: z.number().int(), alarms: z.number().int() }).optional(),
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
  const { decision } = given.evaluation;
  const id = addEvaluation(act.tx, {
    rolloutId: rollout.id,
    atMs: given.atMs,
    decision,
    changed: previous?.decision !== decision,
    stepIndex: rollout.stepIndex,
    policyVersion: rollout.policyVersion,
    codeVersion: given.codeVersion,
    detail: given.evaluation,
  });
  if (given.evidence !== undefined) {
    writeEvidenceState(act.tx, { rolloutId: rollout.id, ...given.evidence, state: given.evidence.state ?? null });
  }
  if (given.calibration !== undefined) {
    const { id: rolloutId, policyName, policyVersion } = rollout;
    writeCalibration(act.tx, { rolloutId, policyName, policyVersion, ...given.calibration });
  }
  return id;
}

function doAsDecided(act: Act, situation: Situation): Outcome {
  const { given } = situation;
  notifyOfNew(act, situation);
  switch (given.evaluation.decision) {
    case "rollback":
      return rollBackCandidate(act, situation);
    case "pause_for_review":
      return pauseForReview(act, situation);
    case "promote":
      return goOn(act, situation);
    case "continue":
      return given.evaluation.stepComplete ? goOn(act, situation) : "kept";
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
    reason: given.evaluation.sentence,
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
    after: { ...rolloutState(to), violations: given.evaluation.violations },
    reason: given.evaluation.sentence,
  });
  const note = { reason: given.evaluation.sentence, auditSeq };
  carryOut(act, { rollout, moves: [{ event: { type: "pause" }, to }], note });
  const incident = rollout.incidentId === null ? undefined : findIncident(act.tx, rollout.incidentId);
  if (incident !== undefined) {
    addToTimeline(act, {
      incidentId: incident.id,
      kind: "pause",
      text: `Paused for review: ${given.evaluation.sentence}`,
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
  const { state } = advance(act, { rollout, moves, reason: given.evaluation.sentence });
  return state === "promoted" ? "promoted" : "advanced";
}

/** Tells people of limits with action `notify` when they break, once. */
function notifyOfNew(act: Act, { given, rollout, previous }: Situation): void {
  const fresh = new Set(newKeys(given, previous));
  const { application, alias, candidateId, id } = rollout;
  for (const violation of given.evaluation.violations) {
    if (violation.action !== "notify" || !fresh.has(violationKeys([violation])[0] ?? "")) continue;
    const subject = { application, alias, releaseId: candidateId, rolloutId: id };
    notify(act, { kind: "threshold.broken", ...subject, sentence: violationWords(violation), data: violation });
  }
}

/** Limits that are broken now and were not in the evaluation before. */
function newKeys(given: Given, previous: EvaluationRow | undefined): string[] {
  const before = new Set(violationKeys(storedViolations(previous)));
  return violationKeys(given.evaluation.violations).filter((key) => !before.has(key));
}

function answer(
  act: Act,
  { rollout, outcome, evaluationId }: { rollout: RolloutRow; outcome: Outcome; evaluationId: number | null },
): RecordEvaluationOutput {
  const now = findRollout(act.tx, rollout.id) ?? rollout;
  const { state, stepIndex, revision, incidentId } = now;
  return { outcome, evaluationId, rollout: { state, stepIndex, revision }, incidentId };
}
