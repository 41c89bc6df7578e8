/** Git as the desired state: its settings, what a commit would change, applying it, and bringing git to what runs. */
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { applyPlan, ApplyPlanOutput } from "@/server/control/apply-plan";
import {
  putGitRepository,
  PutGitRepositoryInput,
  PutGitRepositoryOutput,
  removeGitRepository,
  RemoveGitRepositoryInput,
  RemoveGitRepositoryOutput,
} from "@/server/control/put-git-repository";
import { reconcileGit, ReconcileGitInput, ReconcileGitOutput } from "@/server/control/reconcile-git";
import {
  releaseQuarantine,
  ReleaseQuarantineInput,
  ReleaseQuarantineOutput,
} from "@/server/control/release-quarantine";
import { Plan } from "@/server/domain/gitops/plan";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { PromptDiff } from "@/server/domain/prompt/prompt-diff";
import { applyHead, ApplyHeadInput, planCommit, PlanCommitInput } from "@/server/integrations/git/plan-commit";
import {
  comparePrompts,
  ComparePromptsInput,
  promptLibrary,
  PromptLibraryInput,
  PromptLibraryView,
} from "@/server/integrations/git/prompt-library";
import { gitDrift } from "@/server/read/git-drift";
import { GitDriftView } from "@/server/read/git-drift-view";

const PATH = "/api/v1/applications/{application}/git";

export const gitRouter = createRouter({
  get: procedure({
    access: { role: "viewer", scopes: ["read", "ci"] },
    rest: { method: "GET", path: PATH, summary: "Git against what runs: settings, drift per alias, write-backs" },
    input: closedObject({ application: ApplicationId }),
    output: GitDriftView,
  }).query(({ ctx, input }) => gitDrift(ctx, input)),

  put: procedure({
    access: { role: "admin", scopes: [] },
    rest: { method: "PUT", path: PATH, summary: "Connect a git repository, or change its settings" },
    input: PutGitRepositoryInput,
    output: PutGitRepositoryOutput,
  }).mutation(({ ctx, input }) => ctx.write(putGitRepository, input)),

  remove: procedure({
    access: { role: "admin", scopes: [] },
    rest: { method: "DELETE", path: PATH, summary: "Disconnect the git repository; what was written back stays" },
    input: RemoveGitRepositoryInput,
    output: RemoveGitRepositoryOutput,
  }).mutation(({ ctx, input }) => ctx.write(removeGitRepository, input)),

  plan: procedure({
    access: { role: "viewer", scopes: ["ci", "read"] },
    rest: { method: "POST", path: `${PATH}/plan`, summary: "What a commit would change; changes nothing" },
    input: PlanCommitInput,
    output: Plan,
  }).mutation(({ ctx, input }) => planCommit(ctx, input)),

  // What is applied is read here, from the tracked branch: a caller's own words would be a way around roles.
  applyHead: procedure({
    access: { role: "release_manager", scopes: ["ci"] },
    rest: { method: "POST", path: `${PATH}/apply`, summary: "Apply the head of the tracked branch" },
    input: ApplyHeadInput,
    output: ApplyPlanOutput,
  }).mutation(({ ctx, input }) =>
    applyHead(ctx, { input, nowMs: ctx.nowMs, apply: (read) => ctx.write(applyPlan, read) }),
  ),

  reconcile: procedure({
    access: { role: "on_call", scopes: [] },
    rest: { method: "POST", path: `${PATH}/reconcile`, summary: "Commit what runs to git" },
    input: ReconcileGitInput,
    output: ReconcileGitOutput,
  }).mutation(({ ctx, input }) => ctx.write(reconcileGit, input)),

  clearQuarantine: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: { method: "POST", path: `${PATH}/quarantine/clear`, summary: "Let a release come back to an alias" },
    input: ReleaseQuarantineInput,
    output: ReleaseQuarantineOutput,
  }).mutation(({ ctx, input }) => ctx.write(releaseQuarantine, input)),

  prompts: procedure({
    access: READ,
    rest: { method: "GET", path: `${PATH}/prompts`, summary: "Prompts with their lint, suites and results" },
    input: PromptLibraryInput,
    output: PromptLibraryView,
  }).query(({ ctx, input }) => promptLibrary(ctx, input)),

  comparePrompts: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: `${PATH}/prompts/compare`,
      summary: "What changed between two prompts, rendered with examples or with a test case's values",
    },
    input: ComparePromptsInput,
    output: PromptDiff,
  }).query(({ ctx, input }) => comparePrompts(ctx, input)),
});
