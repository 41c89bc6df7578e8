/** Keeps golden-set results of a release; a rollout that waited for them at its gates goes on or is rejected. */
import { z } from "zod";
import { invalidInput, notFound } from "@/server/domain/errors";
import { ResultsInput } from "@/server/domain/gate/promotion-gate";
import { ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { addEvaluationResult, findReleaseAnywhere, type ReleaseRow } from "@/server/store/control/releases";
import { listLiveRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import { requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { readJunitReport } from "./report/junit-report";
import { readPromptfooReport } from "./report/promptfoo-report";
import { requireRole } from "./require-role";
import { policyOf } from "./rollout-core";
import { carryOut, judgeGates } from "./rollout-progress";

export const SubmitEvaluationInput = closedObject({
  releaseId: ReleaseId,
  /** Needed only where several applications registered the same release. */
  application: ApplicationId.optional(),
  suite: z.string().trim().min(1, "name the suite, e.g. golden").max(128),
  /** Values by name, e.g. `{quality: 0.87, tokens: 790, p95_ms: 970}`; they count over those read from the report. */
  results: ResultsInput.optional(),
  format: z.enum(["switchback", "promptfoo", "junit"]).default("switchback"),
  /** promptfoo: the JSON report, or the text of the JSON or JSONL file. JUnit: the text of the XML file. */
  report: z.unknown().optional(),
});
export type SubmitEvaluationInput = z.input<typeof SubmitEvaluationInput>;
type Given = z.output<typeof SubmitEvaluationInput>;

export const SubmitEvaluationOutput = z.object({
  id: z.number().int(),
  application: z.string(),
  releaseId: z.string(),
  results: z.record(z.string(), z.number()),
  /** Rollouts that these results moved on from their gates. */
  rollouts: z.array(z.object({ id: z.string(), state: z.enum(ROLLOUT_STATES) })),
});
export type SubmitEvaluationOutput = z.output<typeof SubmitEvaluationOutput>;

/** @throws DomainError `not_found` for an unknown release; `invalid_input` without any result. */
export function submitEvaluation(context: ControlContext, input: SubmitEvaluationInput): SubmitEvaluationOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const given = parseInput(SubmitEvaluationInput, input, "the evaluation");
  const results = { ...readReport(given), ...given.results };
  if (Object.keys(results).length === 0) {
    throw invalidInput("the evaluation has no results: give results, or a report of the given format", [
      { pointer: "/results", message: "must hold at least one value" },
    ]);
  }
  return perform(context, (act) => {
    const release = findOnly(act, given);
    const { application, id: releaseId } = release;
    const { suite, format } = given;
    const row = { application, releaseId, suite, format, results, report: given.report ?? null };
    const id = addEvaluationResult(act.tx, { ...row, submittedBy: context.actor.name, atMs: context.nowMs });
    const auditSeq = writeAudit(act, {
      action: "evaluation.submitted",
      target: `application/${application}/release/${releaseId}`,
      after: { evaluationId: id, suite, format, results },
    });
    return { id, application, releaseId, results, rollouts: settleGates(act, { release, auditSeq }) };
  });
}

function readReport(given: Given): Record<string, number> {
  if (given.report === undefined && given.results !== undefined) return {};
  if (given.format === "promptfoo") return readPromptfooReport(given.report);
  return given.format === "junit" ? readJunitReport(given.report) : {};
}

function findOnly(act: Act, { application, releaseId }: Given): ReleaseRow {
  if (application !== undefined) return requireRelease(act, { application, releaseId });
  const [release, another] = findReleaseAnywhere(act.tx, releaseId);
  if (release === undefined) throw notFound("release", releaseId);
  if (another === undefined) return release;
  throw invalidInput(
    `release ${releaseId} is registered for ${release.application} and ${another.application}: name one`,
    [{ pointer: "/application", message: "is needed for this release" }],
  );
}

/** Judges anew the rollouts at their gates whose candidate or baseline the results are of. */
function settleGates(
  act: Act,
  { release, auditSeq }: { release: ReleaseRow; auditSeq: number },
): Pick<RolloutRow, "id" | "state">[] {
  const waiting = listLiveRollouts(act.tx, release.application).filter(
    ({ state, candidateId, controlId }) => state === "gating" && [candidateId, controlId].includes(release.id),
  );
  return waiting.flatMap((rollout) => {
    const policy = policyOf(act.tx, rollout);
    const candidate = requireRelease(act, { application: rollout.application, releaseId: rollout.candidateId });
    const { moves, reason } = judgeGates(act, { rollout, policy, candidate });
    if (moves.length === 0) return [];
    const { id, state } = carryOut(act, { rollout, moves, note: { reason, auditSeq } });
    return [{ id, state }];
  });
}
