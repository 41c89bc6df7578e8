/**
 * Follows the repositories: fetches each when it is time or somebody asked, keeps what was seen, and compares what git
 * declares with what runs at every tick. Runs beside the ticks; git's slowness holds nothing up.
 */
import type { Logger } from "pino";
import { applyPlan } from "@/server/control/apply-plan";
import { hasDriftChanged } from "@/server/control/git-drift";
import { recordGitState, type RecordGitStateInput } from "@/server/control/record-git-state";
import { DomainError } from "@/server/domain/errors";
import { GitFailure } from "@/server/integrations/git/git-command";
import { headOf, readForApply, type GitDeps } from "@/server/integrations/git/plan-commit";
import { findGitState, listRepositories, type GitStateRow, type StoredRepository } from "@/server/store/control/gitops";
import { controllerContext } from "./controller-context";

export interface GitWatchDeps extends GitDeps {
  log: Logger;
}

export interface GitWatch {
  /** Starts the checks that are due. Returns at once. */
  start: (nowMs: number) => void;
  /** Resolves when no check is under way. */
  settled: () => Promise<void>;
  /** Starts nothing any more; what is under way ends with the git access' own signal. */
  stop: () => Promise<void>;
}

export function createGitWatch(deps: GitWatchDeps): GitWatch {
  const { control, log } = deps;
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay.values());
  };

  const watch = (repository: StoredRepository, nowMs: number): void => {
    const { application } = repository;
    const state = findGitState(control, application);
    if (isDue(repository, state, nowMs) && !underWay.has(application)) {
      const checking = check(deps, { repository, state, nowMs })
        .catch((error: unknown) => {
          if (isStopped(error)) return;
          log.error({ err: error, application }, "the repository could not be checked");
        })
        .finally(() => underWay.delete(application));
      underWay.set(application, checking);
    } else if (hasDriftChanged(control, { application, nowMs })) {
      recordGitState(controllerContext(control, nowMs), { application });
    }
  };

  return {
    settled,
    stop: () => {
      stopped = true;
      return settled();
    },
    start: (nowMs) => {
      if (stopped) return;
      for (const repository of listRepositories(control)) {
        try {
          watch(repository, nowMs);
        } catch (error) {
          log.error({ err: error, application: repository.application }, "the repository could not be watched");
        }
      }
    },
  };
}

function isDue({ pollSeconds }: StoredRepository, state: GitStateRow | undefined, nowMs: number): boolean {
  if (state === undefined || state.checkedAtMs === null || state.requestedAtMs !== null) return true;
  return nowMs - state.checkedAtMs >= pollSeconds * 1_000;
}

interface Check {
  repository: StoredRepository;
  state: GitStateRow | undefined;
  nowMs: number;
}

async function check(deps: GitWatchDeps, one: Check): Promise<void> {
  const { control, log } = deps;
  const { repository, nowMs } = one;
  const { application, updatedAtMs: settingsAtMs } = repository;
  const context = controllerContext(control, nowMs);
  const reading = await read(deps, one).catch(asUnreachable);
  const { observation } = reading;
  const { changed, aliases } = recordGitState(context, { application, settingsAtMs, observation });
  if (changed) log.info({ application, observation: observation.kind, aliases }, "git, or what runs, has changed");
  if (!("toApply" in reading) || !repository.autoApply) return;
  const actor = { kind: "system", id: "gitops", name: "gitops", role: null, scopes: [] } as const;
  const { verdict, registered, aliases: applied } = applyPlan({ ...context, actor }, reading.toApply);
  log.info(
    { application, commit: reading.toApply.desired.commit, verdict, registered, applied },
    "the commit was applied",
  );
}

type Observation = NonNullable<RecordGitStateInput["observation"]>;
interface Reading {
  observation: Observation;
  /** What the head declares, when it is new or still to be applied. */
  toApply?: Awaited<ReturnType<typeof readForApply>>;
}

function read(deps: GitWatchDeps, { repository, state }: Check): Promise<Reading> {
  return deps.git.use(repository, async (mirror) => {
    await mirror.fetch();
    const commit = await headOf(mirror, repository.branch);
    const facts = await mirror.describe(commit);
    if (facts === undefined) throw new GitFailure("failed", `commit ${commit} cannot be read`);
    const head = { commit, author: facts.author, committedAtMs: facts.committedAtMs };
    const isNew = state?.headCommit !== commit;
    if (!isNew && !(repository.autoApply && state.appliedCommit !== commit)) {
      return { observation: { kind: "reached", head } };
    }
    const toApply = await readForApply(deps, { mirror, repository, head: commit });
    return { observation: { kind: "reached", head, ...(isNew ? { desired: toApply.desired } : {}) }, toApply };
  });
}

/** What git or a missing secret said; anything else is a mistake of ours and is thrown. */
function asUnreachable(error: unknown): Reading {
  const isSaid = error instanceof GitFailure || error instanceof DomainError;
  if (!isSaid || isStopped(error)) throw error;
  return { observation: { kind: "unreachable", message: error.message.slice(0, 2_000) } };
}

function isStopped(error: unknown): boolean {
  return error instanceof GitFailure && error.kind === "stopped";
}
