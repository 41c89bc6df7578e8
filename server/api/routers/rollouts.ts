/** Rollouts: their pages, what they were decided on, and what people may do with them. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure, type RestRoute } from "@/server/api/trpc";
import { abortRollout, AbortRolloutInput } from "@/server/control/abort-rollout";
import { approveRollout, ApproveRolloutInput } from "@/server/control/approve-rollout";
import { extendRollout, ExtendRolloutInput } from "@/server/control/extend-rollout";
import { pauseRollout, PauseRolloutInput } from "@/server/control/pause-rollout";
import { rejectRollout, RejectRolloutInput } from "@/server/control/reject-rollout";
import { resumeRollout, ResumeRolloutInput } from "@/server/control/resume-rollout";
import { DEFAULT_POLICY_NAME } from "@/server/control/default-policy";
import { PolicyChoice, startRollout, StartRolloutInput } from "@/server/control/start-rollout";
import { AliasName, ApplicationId, RolloutId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { definedOnly } from "@/server/read/defined-only";
import { forecastRollout, forecastStart } from "@/server/read/forecast";
import { ForecastView } from "@/server/read/forecast-view";
import { pageInput } from "@/server/read/page";
import { listRolloutSummaries, readRollout } from "@/server/read/rollout";
import { readRolloutAnalysis } from "@/server/read/rollout-analysis";
import { listRolloutEvaluations } from "@/server/read/rollout-evaluations";
import { RolloutAnalysisView, RolloutEvaluationsView, RolloutListView, RolloutView } from "@/server/read/rollout-view";

const PIPELINE_READ = { role: "viewer", scopes: ["read", "ci"] } as const;
const one = { rolloutId: RolloutId };

function answerTo(verb: "pause" | "resume" | "approve" | "extend" | "reject" | "abort", summary: string): RestRoute {
  return { method: "POST", path: `/api/v1/rollouts/{rolloutId}/${verb}`, summary };
}

const ForecastInput = closedObject({
  rolloutId: RolloutId.optional(),
  application: ApplicationId.optional(),
  alias: AliasName.default(AliasName.parse("production")),
  /** A policy's name or `name@version`, as a rollout is started with. */
  policy: PolicyChoice.default(DEFAULT_POLICY_NAME),
}).refine(({ rolloutId, application }) => rolloutId !== undefined || application !== undefined, {
  message: "name a rollout, or an application whose alias a candidate could be rolled out to",
  path: ["application"],
});

export const rolloutsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/rollouts", summary: "Rollouts, newest first" },
    input: closedObject({ ...pageInput, application: ApplicationId.optional() }),
    output: RolloutListView,
  }).query(({ ctx, input }) => listRolloutSummaries(ctx, definedOnly(input))),

  get: procedure({
    access: PIPELINE_READ,
    rest: { method: "GET", path: "/api/v1/rollouts/{rolloutId}", summary: "One rollout with its evidence" },
    input: closedObject(one),
    output: RolloutView,
  }).query(({ ctx, input }) => readRollout(ctx, { id: input.rolloutId, viewer: ctx.actor })),

  forecast: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/forecast",
      summary: "What each rule can find by when: of a rollout, or of one that could be started",
    },
    input: ForecastInput,
    output: ForecastView,
  }).query(({ ctx, input: { rolloutId, application, alias, policy } }) => {
    if (rolloutId !== undefined) return forecastRollout(ctx, rolloutId);
    // The input has one of the two.
    return forecastStart(ctx, { application: ApplicationId.parse(application), alias, policy });
  }),

  analysis: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/rollouts/{rolloutId}/analysis",
      summary: "The verdict for other controllers, e.g. as Argo Rollouts' web metric",
    },
    input: closedObject(one),
    output: RolloutAnalysisView,
  }).query(({ ctx, input }) => readRolloutAnalysis(ctx, { id: input.rolloutId, publicUrl: ctx.publicUrl })),

  evaluations: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/rollouts/{rolloutId}/evaluations",
      summary: "Kept evaluations, newest first",
    },
    input: closedObject({ ...one, ...pageInput, changedOnly: z.boolean().optional() }),
    output: RolloutEvaluationsView,
  }).query(({ ctx, input: { rolloutId, ...page } }) =>
    listRolloutEvaluations(ctx, definedOnly({ ...page, id: rolloutId })),
  ),

  start: procedure({
    access: { role: "release_manager", scopes: ["ci"] },
    rest: {
      method: "POST",
      path: "/api/v1/rollouts",
      summary: "Start a candidate on its way to an alias",
      status: 201,
    },
    input: StartRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(startRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  pause: procedure({
    access: { role: "on_call", scopes: [] },
    rest: answerTo("pause", "Stop advancing; the candidate keeps its share"),
    input: PauseRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(pauseRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  resume: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: answerTo("resume", "Lift a pause"),
    input: ResumeRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(resumeRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  approve: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: answerTo("approve", "Approve a paused rollout: never the candidate's author nor the starter"),
    input: ApproveRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(approveRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  extend: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: answerTo("extend", "Answer a paused rollout with: not yet; its step runs on with its clock started anew"),
    input: ExtendRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(extendRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  reject: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: answerTo("reject", "Refuse a paused rollout for good"),
    input: RejectRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(rejectRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),

  abort: procedure({
    access: { role: "on_call", scopes: [] },
    rest: answerTo("abort", "End a rollout; the alias stays where it is"),
    input: AbortRolloutInput,
    output: RolloutView,
  }).mutation(({ ctx, input }) =>
    ctx.write(abortRollout, input, ({ id }) => readRollout(ctx, { id, viewer: ctx.actor })),
  ),
});
