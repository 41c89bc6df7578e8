/** Asks for git to be brought to what runs. The commit is made by the controller, from the outbox. */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { findAlias } from "@/server/store/control/aliases";
import { findRepository, listGitAliases, type GitAliasRow } from "@/server/store/control/gitops";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { aliasTarget } from "./alias-core";
import type { ControlContext } from "./context";
import { askToReconcile } from "./outside-effects";
import { perform, Reason, writeAudit, type Act } from "./perform";
import { findQuarantine } from "./quarantine";
import { requireRole } from "./require-role";

export const ReconcileGitInput = closedObject({
  application: ApplicationId,
  alias: AliasName.default(AliasName.parse("production")),
  reason: Reason,
});
export type ReconcileGitInput = z.input<typeof ReconcileGitInput>;

export const ReconcileGitOutput = z.object({
  application: z.string(),
  alias: z.string(),
  /** What git declares; null when its reference names nothing. */
  fromReleaseId: z.string().nullable(),
  /** What runs, and what git will declare. */
  toReleaseId: z.string(),
  /** The write-back answers this audit entry. */
  auditId: z.number().int(),
});
export type ReconcileGitOutput = z.output<typeof ReconcileGitOutput>;

/** @throws DomainError `not_found` where git declares no such alias; `conflict` when there is nothing to reconcile. */
export function reconcileGit(context: ControlContext, input: ReconcileGitInput): ReconcileGitOutput {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(ReconcileGitInput, input, "the reconciliation");
  const { application, alias, reason } = given;
  return perform(context, (act) => {
    const { declared, running } = requireDrift(act, given);
    const fromReleaseId = declared.releaseId;
    const held = fromReleaseId === null ? undefined : findQuarantine(act.tx, { ...given, releaseId: fromReleaseId });
    const incidentId = held?.incidentId ?? null;
    const auditId = writeAudit(act, {
      action: "git.reconcile_requested",
      target: aliasTarget(given),
      before: { declared: declared.reference, releaseId: fromReleaseId },
      after: { releaseId: running.releaseId, incidentId },
      reason,
    });
    const { kind, id, name } = context.actor;
    askToReconcile(act, {
      application,
      alias,
      fromReleaseId,
      toReleaseId: running.releaseId,
      revision: running.revision,
      cause: "manual",
      reason,
      actor: { kind, id, name },
      atMs: context.nowMs,
      rolloutId: null,
      incidentId,
      auditId,
    });
    return { application, alias, fromReleaseId, toReleaseId: running.releaseId, auditId };
  });
}

function requireDrift(
  { tx }: Act,
  key: { application: string; alias: string },
): { declared: GitAliasRow; running: { releaseId: string; revision: number } } {
  const repository = findRepository(tx, key.application);
  if (repository === undefined) throw notFound("git repository of", key.application);
  if (repository.writeBack === "off") {
    throw conflict(
      `write-back is off for ${key.application}: change git by hand, or put writeBack to direct or propose`,
    );
  }
  const declared = listGitAliases(tx, key.application).find(({ alias }) => alias === key.alias);
  if (declared === undefined) throw notFound(`alias in the git repository of ${key.application}:`, key.alias);
  const running = findAlias(tx, key);
  if (running === undefined) throw notFound(`alias of ${key.application}`, key.alias);
  if (running.releaseId === declared.releaseId) {
    throw conflict(`git and what runs agree on ${key.alias}: both are ${running.releaseId}`);
  }
  const live = findLiveRollout(tx, key);
  if (live !== undefined && live.candidateId === declared.releaseId) {
    throw conflict(`rollout ${live.id} brings what git declares to ${key.alias}: wait for its end, or end it first`);
  }
  return { declared, running };
}
