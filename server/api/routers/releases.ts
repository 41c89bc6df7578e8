/** Releases: registration and golden-set results by pipelines, manifests and differences for everyone. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { registerRelease, RegisterReleaseInput, RegisterReleaseOutput } from "@/server/control/register-release";
import { submitEvaluation, SubmitEvaluationInput, SubmitEvaluationOutput } from "@/server/control/submit-evaluation";
import { ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { definedOnly } from "@/server/read/defined-only";
import { pageInput } from "@/server/read/page";
import { readReleaseDiff } from "@/server/read/release-diff";
import { listReleaseItems } from "@/server/read/release-list";
import { readRelease } from "@/server/read/release-manifest";
import { ReleaseDiffView, ReleaseListView, ReleaseManifestView } from "@/server/read/release-view";

const PIPELINE = { role: "release_manager", scopes: ["ci"] } as const;
const PIPELINE_READ = { role: "viewer", scopes: ["read", "ci"] } as const;

/** The application is needed only where several registered the same release. */
const one = { releaseId: ReleaseId, application: ApplicationId.optional() };

export const releasesRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/releases", summary: "An application's releases, newest first" },
    input: closedObject({
      ...pageInput,
      application: ApplicationId,
      /** Part of a commit, author, label (`team=search`), component or id. */
      search: z.string().trim().min(1).max(200).optional(),
    }),
    output: ReleaseListView,
  }).query(({ ctx, input }) => listReleaseItems(ctx, definedOnly(input))),

  get: procedure({
    access: PIPELINE_READ,
    rest: { method: "GET", path: "/api/v1/releases/{releaseId}", summary: "A release's manifest" },
    input: closedObject(one),
    output: ReleaseManifestView,
  }).query(({ ctx, input }) => readRelease(ctx, definedOnly(input))),

  diff: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/releases/{releaseId}/diff/{otherId}",
      summary: "What was added, removed and changed from one release to another",
    },
    input: closedObject({ releaseId: ReleaseId, otherId: ReleaseId }),
    output: ReleaseDiffView,
  }).query(({ ctx, input }) => readReleaseDiff(ctx, input)),

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
