/** Keeps one run of a judge over its anchor set: fixed answers, scored again, show whether the judge itself changed. */
import { z } from "zod";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, openRecord, parseInput } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { ensureApplication } from "@/server/store/control/applications";
import { addJudgeAnchor } from "@/server/store/control/judges";
import type { ControlContext } from "./context";
import { judgeRecord } from "./judge-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";
import { JudgeReference, ScoreName } from "./submit-judge-labels";

export const SubmitJudgeAnchorsInput = closedObject({
  application: ApplicationId,
  judge: JudgeReference,
  score: ScoreName,
  /** `{answer: score}`: the same answers in every run. */
  scores: openRecord(z.string().min(1).max(256), z.number()).refine(
    (scores) => Object.keys(scores).length >= 1 && Object.keys(scores).length <= 5_000,
    "an anchor set has 1 to 5,000 answers",
  ),
  time: TimeInput.optional(),
});
export type SubmitJudgeAnchorsInput = z.input<typeof SubmitJudgeAnchorsInput>;

export const SubmitJudgeAnchorsOutput = z.object({
  accepted: z.number().int(),
  /** Against the first run, over the answers of both; null with fewer than ten. */
  difference: z.number().nullable(),
  drifting: z.boolean(),
});
export type SubmitJudgeAnchorsOutput = z.output<typeof SubmitJudgeAnchorsOutput>;

/** The first run is what later ones are compared with. */
export function submitJudgeAnchors(context: ControlContext, input: SubmitJudgeAnchorsInput): SubmitJudgeAnchorsOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const given = parseInput(SubmitJudgeAnchorsInput, input, "the anchor run");
  const { application, judge, score, scores, time: atMs = context.nowMs } = given;
  return perform(context, (act) => {
    ensureApplication(act.tx, { id: application, nowMs: context.nowMs });
    const accepted = Object.entries(scores).filter(([itemId, value]) =>
      addJudgeAnchor(act.tx, { application, judge, score, itemId, value, atMs }),
    ).length;
    const { anchors, drifting } = judgeRecord(act.tx, { application, judge, score }, context.nowMs);
    const difference = anchors.at(-1)?.difference ?? null;
    writeAudit(act, {
      action: "judge.anchored",
      target: `application/${application}/judge/${judge}`,
      after: { score, answers: accepted, difference, drifting },
    });
    return { accepted, difference, drifting };
  });
}
