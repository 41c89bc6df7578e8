/** Keeps what people say about a judge's scores; a judge is calibrated while they agree. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { parseReference } from "@/server/domain/release/component-map";
import { TimeInput } from "@/server/domain/time";
import { ensureApplication } from "@/server/store/control/applications";
import { addJudgeLabel } from "@/server/store/control/judges";
import type { ControlContext } from "./context";
import { judgeRecord } from "./judge-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

/** A judge's component reference: another version is another judge. */
export const JudgeReference = z
  .string()
  .max(256)
  .refine((text) => parseReference(text) !== undefined, "must be a judge's name@version, e.g. groundedness@3");
export const ScoreName = z.string().min(1).max(128);
const Score = z.number().min(0, "a score is between 0 and 1").max(1, "a score is between 0 and 1");

const Label = closedObject({
  /** The request, or the case of an evaluation set, that both looked at. */
  itemId: z.string().min(1).max(256),
  humanValue: Score,
  /** What the judge gave; where it is left out, it is looked up with the request. */
  judgeValue: Score.optional(),
  labelledBy: z.string().min(1).max(128).optional(),
  time: TimeInput.optional(),
});

export const SubmitJudgeLabelsInput = closedObject({
  application: ApplicationId,
  judge: JudgeReference,
  /** `groundedness`: the score that a policy calls `groundedness_score`. */
  score: ScoreName,
  labels: z.array(Label).min(1, "give at least one label").max(5_000),
});
export type SubmitJudgeLabelsInput = z.input<typeof SubmitJudgeLabelsInput>;

export const SubmitJudgeLabelsOutput = z.object({
  accepted: z.number().int(),
  duplicates: z.number().int(),
  calibrated: z.boolean(),
  reasons: z.array(z.string()),
});
export type SubmitJudgeLabelsOutput = z.output<typeof SubmitJudgeLabelsOutput>;

/** @throws DomainError `invalid_input` for a label whose judge's score is not known. */
export function submitJudgeLabels(context: ControlContext, input: SubmitJudgeLabelsInput): SubmitJudgeLabelsOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const { application, judge, score, labels } = parseInput(SubmitJudgeLabelsInput, input, "the labels");
  const { nowMs, actor } = context;
  const rows = labels.map(({ itemId, humanValue, judgeValue, labelledBy = actor.name, time = nowMs }, index) => {
    if (judgeValue === undefined) {
      throw invalidInput(`label ${index + 1}: judge ${judge} has no score ${score} for ${itemId}`, [
        { pointer: `/labels/${index}/judgeValue`, message: "is needed: no such score is stored" },
      ]);
    }
    if (time > nowMs) {
      throw invalidInput(`label ${index + 1} is from the future`, [
        { pointer: `/labels/${index}/time`, message: "must not be after now" },
      ]);
    }
    return { application, judge, score, itemId, judgeValue, humanValue, labelledBy, atMs: time };
  });
  return perform(context, (act) => {
    ensureApplication(act.tx, { id: application, nowMs });
    const accepted = rows.filter((row) => addJudgeLabel(act.tx, row)).length;
    const { calibrated, reasons } = judgeRecord(act.tx, { application, judge, score }, nowMs).agreement;
    writeAudit(act, {
      action: "judge.labelled",
      target: `application/${application}/judge/${judge}`,
      after: { score, labels: accepted, calibrated },
    });
    return { accepted, duplicates: rows.length - accepted, calibrated, reasons: [...reasons] };
  });
}
