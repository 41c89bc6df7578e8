/** Points an application at its git repository, changes how it is used, or lets go of it. Secrets are named, never given. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { GitRepository } from "@/server/domain/gitops/repository";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { ensureApplication } from "@/server/store/control/applications";
import {
  deleteRepository,
  findRepository,
  writeGitState,
  writeRepository,
  type StoredRepository,
} from "@/server/store/control/gitops";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";

export const PutGitRepositoryInput = GitRepository;
export type PutGitRepositoryInput = z.input<typeof PutGitRepositoryInput>;

/** The settings as they now are. */
export const PutGitRepositoryOutput = GitRepository;
export type PutGitRepositoryOutput = z.output<typeof PutGitRepositoryOutput>;

/** Settings that decide what is read: with other ones, what was seen before says nothing. */
const READING = ["remote", "branch", "paths", "environments"] as const;

/** What is not given takes its default. @throws DomainError `invalid_input` with a pointer to each wrong setting. */
export function putGitRepository(context: ControlContext, input: PutGitRepositoryInput): PutGitRepositoryOutput {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const given = parseInput(PutGitRepositoryInput, input, "the repository");
  return perform(context, (act) => {
    ensureApplication(act.tx, { id: given.application, nowMs: context.nowMs });
    const before = findRepository(act.tx, given.application);
    writeAudit(act, {
      action: "git.connected",
      target: gitTarget(given.application),
      ...(before === undefined ? {} : { before }),
      after: given,
    });
    write(act, { given, before });
    return given;
  });
}

function write(act: Act, { given, before }: { given: GitRepository; before: StoredRepository | undefined }): void {
  const readsOther =
    before !== undefined && READING.some((key) => JSON.stringify(before[key]) !== JSON.stringify(given[key]));
  if (readsOther) deleteRepository(act.tx, given.application);
  writeRepository(act.tx, given, act.context.nowMs);
  writeGitState(act.tx, { application: given.application, change: { requestedAtMs: act.context.nowMs } });
}

export const RemoveGitRepositoryInput = closedObject({ application: ApplicationId, reason: Reason });
export type RemoveGitRepositoryInput = z.input<typeof RemoveGitRepositoryInput>;

export const RemoveGitRepositoryOutput = z.object({ application: z.string(), auditId: z.number().int() });

/** The application goes on without git; what was written back stays on record. @throws DomainError `not_found`. */
export function removeGitRepository(
  context: ControlContext,
  input: RemoveGitRepositoryInput,
): z.output<typeof RemoveGitRepositoryOutput> {
  requireRole(context.actor, { role: "admin" });
  const { application, reason } = parseInput(RemoveGitRepositoryInput, input, "the removal");
  return perform(context, (act) => {
    const before = findRepository(act.tx, application);
    if (before === undefined) throw notFound("git repository of", application);
    const auditId = writeAudit(act, { action: "git.disconnected", target: gitTarget(application), before, reason });
    deleteRepository(act.tx, application);
    return { application, auditId };
  });
}

/** Names a repository in audit targets. */
export function gitTarget(application: string): string {
  return `application/${application}/git`;
}
