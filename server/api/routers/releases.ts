/** Releases: registration and golden-set results by pipelines, manifests and differences for everyone. */
import { createRouter, procedure } from "@/server/api/trpc";
import { registerRelease, RegisterReleaseInput, RegisterReleaseOutput } from "@/server/control/register-release";
import { submitEvaluation, SubmitEvaluationInput, SubmitEvaluationOutput } from "@/server/control/submit-evaluation";

const PIPELINE = { role: "release_manager", scopes: ["ci"] } as const;

export const releasesRouter = createRouter({
  register: procedure({
    access: PIPELINE,
    rest: {
      method: "POST",
      path: "/api/v1/releases",
      summary: "Register a release; the same components again are the same release",
      createdField: "created",
    },
    input: RegisterReleaseInput,
    output: RegisterReleaseOutput,
  }).mutation(({ ctx, input }) => ctx.write(registerRelease, input)),

  submitEvaluation: procedure({
    access: PIPELINE,
    rest: {
      method: "POST",
      path: "/api/v1/releases/{releaseId}/evaluations",
      summary: "Hand in golden-set results, as numbers or as a promptfoo or JUnit report",
      status: 201,
    },
    input: SubmitEvaluationInput,
    output: SubmitEvaluationOutput,
  }).mutation(({ ctx, input }) => ctx.write(submitEvaluation, input)),
});
