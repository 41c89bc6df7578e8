/** Plans and applies commits: reads them through the mirror, and leaves deciding to the domain and writing to the verbs. */
import { z } from "zod";
import type { ApplyPlanInput, ApplyPlanOutput } from "@/server/control/apply-plan";
import { readRunningState } from "@/server/control/running-state";
import { DomainError, invalidInput, notFound, preconditionFailed } from "@/server/domain/errors";
import { DesiredState } from "@/server/domain/gitops/desired-state";
import { planChanges, type Plan } from "@/server/domain/gitops/plan";
import { isBranchName } from "@/server/domain/gitops/remote";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import type { ControlDatabase } from "@/server/store/control/database";
import { findRepository, requestGitCheck, type StoredRepository } from "@/server/store/control/gitops";
import { findRelease } from "@/server/store/control/releases";
import type { GitAccess } from "./git-access";
import { GitFailure } from "./git-command";
import type { Mirror } from "./mirror";
import { readDesired, readOrigins } from "./read-desired";

export interface GitDeps {
  control: ControlDatabase;
  git: GitAccess;
}

const Revision = z
  .string()
  .refine((text) => /^[0-9a-f]{7,64}$/.test(text) || isBranchName(text), "must be a commit id or the name of a branch");

export const PlanCommitInput = closedObject({
  application: ApplicationId,
  /** What a checked-out commit declares, read by the caller; else a commit or branch of the remote is read. */
  desired: DesiredState.optional(),
  /** Without it, the tracked branch. */
  commit: Revision.optional(),
});
export type PlanCommitInput = z.input<typeof PlanCommitInput>;

/**
 * What applying would change. Writes nothing.
 *
 * @throws DomainError `not_found` without a repository or such a commit; `unavailable` when git does not answer.
 */
export async function planCommit(deps: GitDeps, input: PlanCommitInput): Promise<Plan> {
  const given = parseInput(PlanCommitInput, input, "the plan");
  if (given.desired !== undefined && given.desired.application !== given.application) {
    throw invalidInput(`what is declared is of ${given.desired.application}, not of ${given.application}`);
  }
  const desired = given.desired ?? (await readRemote(deps, given));
  return planChanges(desired, readRunningState(deps.control, runningOf(desired)));
}

function runningOf({ application, releases, aliases }: DesiredState): Parameters<typeof readRunningState>[1] {
  const declared = releases.map(({ releaseId }) => releaseId);
  return { application, releaseIds: [...declared, ...aliases.flatMap(({ releaseId }) => releaseId ?? [])] };
}

function readRemote(
  deps: GitDeps,
  given: { application: ApplicationId; commit?: string | undefined },
): Promise<DesiredState> {
  const repository = requireRepository(deps, given.application);
  return reach(deps, repository, async (mirror) => {
    await mirror.fetch();
    const commit = await resolveRevision(mirror, given.commit ?? repository.branch);
    if (commit === undefined) throw notFound("commit or branch", given.commit ?? repository.branch);
    return readDesired(mirror, { commit, layout: repository });
  });
}

async function resolveRevision(mirror: Mirror, revision: string): Promise<string | undefined> {
  const branch = isBranchName(revision) ? await mirror.head(revision) : undefined;
  return branch ?? (/^[0-9a-f]{7,64}$/.test(revision) ? mirror.resolve(revision) : undefined);
}

export const ApplyHeadInput = closedObject({
  application: ApplicationId,
  /** A commit that must be in the tracked branch, e.g. the one a pipeline runs for. The head is applied. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/, "must be a commit id")
    .optional(),
});
export type ApplyHeadInput = z.input<typeof ApplyHeadInput>;

/** What was read of the tracked branch, for the verb that applies it. */
type ApplyPlanRead = z.output<typeof ApplyPlanInput>;

/**
 * Applies the head of the tracked branch. An older commit is never applied again: its pipeline finds its work done.
 *
 * @param apply runs the verb `applyPlan` as the caller.
 * @throws DomainError `precondition_failed` when `commit` is not in the branch; `unavailable` when git does not answer.
 */
export async function applyHead(
  deps: GitDeps,
  { input, nowMs, apply }: { input: ApplyHeadInput; nowMs: number; apply: (read: ApplyPlanRead) => ApplyPlanOutput },
): Promise<ApplyPlanOutput> {
  const given = parseInput(ApplyHeadInput, input, "the apply");
  const repository = requireRepository(deps, given.application);
  const read = await reach(deps, repository, async (mirror) => {
    await mirror.fetch();
    const head = await headOf(mirror, repository.branch);
    if (given.commit !== undefined && !(await mirror.isIn(given.commit, head))) {
      throw preconditionFailed(
        `commit ${given.commit} is not in ${repository.branch}, whose head is ${head.slice(0, 10)}: merge and push it first`,
      );
    }
    return readForApply(deps, { mirror, repository, head });
  });
  const applied = apply(read);
  requestGitCheck(deps.control, { application: given.application, nowMs });
  return applied;
}

/** What the head declares, with the commit and author that brought each release that is not registered yet. */
export async function readForApply(
  deps: GitDeps,
  { mirror, repository, head }: { mirror: Mirror; repository: StoredRepository; head: string },
): Promise<ApplyPlanRead> {
  const { application } = repository;
  const desired = await readDesired(mirror, { commit: head, layout: repository });
  const isNew = ({ releaseId }: DesiredState["releases"][number]): boolean =>
    findRelease(deps.control, { application, releaseId }) === undefined;
  const origins = await readOrigins(
    mirror,
    desired,
    desired.releases.filter(isNew).map(({ releaseId }) => releaseId),
  );
  return { desired, origins };
}

/** @throws GitFailure `missing` when the remote has no such branch. */
export async function headOf(mirror: Mirror, branch: string): Promise<string> {
  const head = await mirror.head(branch);
  if (head === undefined)
    throw new GitFailure("missing", `the remote has no branch ${branch}: push one, or put another`);
  return head;
}

function requireRepository({ control }: GitDeps, application: string): StoredRepository {
  const repository = findRepository(control, application);
  if (repository === undefined) throw notFound("git repository of", application);
  return repository;
}

/** Git's failure as the edge knows it: the server works, the remote does not answer it. */
async function reach<T>(deps: GitDeps, repository: StoredRepository, work: (mirror: Mirror) => Promise<T>): Promise<T> {
  try {
    return await deps.git.use(repository, work);
  } catch (error) {
    if (error instanceof GitFailure) throw new DomainError("unavailable", error.message);
    throw error;
  }
}
