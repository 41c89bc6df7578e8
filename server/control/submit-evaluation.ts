/** Keeps golden-set results of a release; a rollout that waited for them at its gates goes on or is rejected. */
import { z } from "zod";
import { invalidInput, notFound } from "@/server/domain/errors";
import { GoldenItems, resultsOfItems, type GoldenItem } from "@/server/domain/gate/golden-item";
import { ResultsInput } from "@/server/domain/gate/promotion-gate";
import { ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { addEvaluationResult, findReleaseAnywhere, type ReleaseRow } from "@/server/store/control/releases";
import { listLiveRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import { requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { readItemLines } from "./report/item-lines";
import { readJunitReport } from "./report/junit-report";
import { readPromptfooReport, type ReportReading } from "./report/promptfoo-report";
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
  /** The cases one by one: differences to the baseline then come with their uncertainty, and per slice. */
  items: GoldenItems.optional(),
  format: z.enum(["switchback", "promptfoo", "junit", "jsonl"]).default("switchback"),
  /**
   * promptfoo: the JSON report, or the text of the JSON or JSONL file. JUnit: the text of the XML file. jsonl: the text,
   * one case with its scores per line.
   */
  report: z.unknown().optional(),
});
export type SubmitEvaluationInput = z.input<typeof SubmitEvaluationInput>;
type Given = z.output<typeof SubmitEvaluationInput>;

export const SubmitEvaluationOutput = z.object({
  id: z.number().int(),
  application: z.string(),
  releaseId: z.string(),
  results: z.record(z.string(), z.number()),
  /** Cases that came with the results. */
  items: z.number().int(),
  /** Rollouts that these results moved on from their gates. */
  rollouts: z.array(z.object({ id: z.string(), state: z.enum(ROLLOUT_STATES) })),
});
export type SubmitEvaluationOutput = z.output<typeof SubmitEvaluationOutput>;

/** @throws DomainError `not_found` for an unknown release; `invalid_input` without any result. */
export function submitEvaluation(context: ControlContext, input: SubmitEvaluationInput): SubmitEvaluationOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const given = parseInput(SubmitEvaluationInput, input, "the evaluation");
  const reading = readReport(given);
  const items = uniqueItems([...reading.items, ...(given.items ?? [])]);
  const results = { ...(given.items === undefined ? {} : resultsOfItems(items)), ...reading.results, ...given.results };
  if (Object.keys(results).length === 0) {
    throw invalidInput("the evaluation has no results: give results, or a report of the given format", [
      { pointer: "/results", message: "must hold at least one value" },
    ]);
  }
  return perform(context, (act) => {
    const release = findOnly(act, given);
    const { application, id: releaseId } = release;
    const { suite, format } = given;
    // The cases of a JSONL report are its whole content.
    const report = format === "jsonl" ? null : (given.report ?? null);
    const row = { application, releaseId, suite, format, results, report, items: items.length === 0 ? null : items };
    const id = addEvaluationResult(act.tx, { ...row, submittedBy: context.actor.name, atMs: context.nowMs });
    const auditSeq = writeAudit(act, {
      action: "evaluation.submitted",
      target: `application/${application}/release/${releaseId}`,
      after: { evaluationId: id, suite, format, results, items: items.length },
    });
    return {
      id,
      application,
      releaseId,
      results,
      items: items.length,
      rollouts: settleGates(act, { release, auditSeq }),
    };
  });
}

const NOTHING: ReportReading = { results: {}, items: [] };

function readReport(given: Given): ReportReading {
  if (given.report === undefined && (given.results !== undefined || given.items !== undefined)) return NOTHING;
  switch (given.format) {
    case "promptfoo":
      return readPromptfooReport(given.report);
    case "junit":
      return readJunitReport(given.report);
    case "jsonl":
      return readItemLines(given.report);
    case "switchback":
      return NOTHING;
  }
}

/** Cases given beside a report's count over those of the same id. */
function uniqueItems(items: readonly GoldenItem[]): GoldenItem[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
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
    const { moves, reason } = judgeGates(act.tx, { rollout, policy, candidate });
    if (moves.length === 0) return [];
    const { id, state } = carryOut(act, { rollout, moves, note: { reason, auditSeq } });
    return [{ id, state }];
  });
}
