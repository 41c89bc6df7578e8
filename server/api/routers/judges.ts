/** Judges: people's labels, anchor runs, and whether a judge may drive a rollback. */
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import {
  submitJudgeAnchors,
  SubmitJudgeAnchorsInput,
  SubmitJudgeAnchorsOutput,
} from "@/server/control/submit-judge-anchors";
import {
  submitJudgeLabels,
  SubmitJudgeLabelsInput,
  SubmitJudgeLabelsOutput,
} from "@/server/control/submit-judge-labels";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { readJudges, withJudgeValues } from "@/server/read/judges";
import { JudgesView } from "@/server/read/judges-view";

const PIPELINE = { role: "release_manager", scopes: ["ci"] } as const;

export const judgesRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/judges", summary: "Judges with their agreement, calibration and drift" },
    input: closedObject({ application: ApplicationId }),
    output: JudgesView,
  }).query(({ ctx, input }) => readJudges(ctx, input.application)),

  label: procedure({
    access: PIPELINE,
    rest: {
      method: "POST",
      path: "/api/v1/judges/labels",
      summary: "Hand in human labels of a judge's scores; answers whether the judge is calibrated",
    },
    input: SubmitJudgeLabelsInput,
    output: SubmitJudgeLabelsOutput,
  }).mutation(({ ctx, input }) => ctx.write(submitJudgeLabels, withJudgeValues(ctx, input))),

  anchor: procedure({
    access: PIPELINE,
    rest: {
      method: "POST",
      path: "/api/v1/judges/anchors",
      summary: "Hand in one run of a judge over its anchor set; answers whether the judge drifts",
    },
    input: SubmitJudgeAnchorsInput,
    output: SubmitJudgeAnchorsOutput,
  }).mutation(({ ctx, input }) => ctx.write(submitJudgeAnchors, input)),
});
