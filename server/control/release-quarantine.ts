/** Takes a release out of quarantine: git, rollouts and people may bring it back to the alias. Moves nothing itself. */
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { addReleaseMark } from "@/server/store/control/aliases";
import { findRepository, writeGitState } from "@/server/store/control/gitops";
import { aliasTarget, requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { addToTimeline } from "./incident-core";
import { perform, Reason, writeAudit } from "./perform";
import { findQuarantine } from "./quarantine";
import { requireRole } from "./require-role";

export const ReleaseQuarantineInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  releaseId: ReleaseId,
  /** Why it is good after all. */
  reason: Reason,
});
export type ReleaseQuarantineInput = z.input<typeof ReleaseQuarantineInput>;

export const ReleaseQuarantineOutput = z.object({
  application: z.string(),
  alias: z.string(),
  releaseId: z.string(),
  /** The incident that it was taken out in. */
  incidentId: z.string().nullable(),
  auditId: z.number().int(),
});
export type ReleaseQuarantineOutput = z.output<typeof ReleaseQuarantineOutput>;

/** @throws DomainError `not_found` for an unknown release; `conflict` when it is not quarantined. */
export function releaseQuarantine(context: ControlContext, input: ReleaseQuarantineInput): ReleaseQuarantineOutput {
  requireRole(context.actor, { role: "release_manager" });
  const given = parseInput(ReleaseQuarantineInput, input, "the release from quarantine");
  const { application, alias, releaseId, reason } = given;
  return perform(context, (act) => {
    requireRelease(act, given);
    const held = findQuarantine(act.tx, given);
    if (held === undefined) throw conflict(`${releaseId} is not quarantined on ${alias}: nothing keeps it away`);
    const { incidentId } = held;
    const auditId = writeAudit(act, {
      action: "release.quarantine_cleared",
      target: aliasTarget(given),
      before: { ...held },
      after: { releaseId },
      reason,
    });
    const mark = { application, alias, releaseId, mark: "cleared", atMs: context.nowMs } as const;
    addReleaseMark(act.tx, { ...mark, reason, incidentId, rolloutId: null });
    // What was refused before is to be looked at again.
    if (findRepository(act.tx, application) !== undefined) {
      writeGitState(act.tx, { application, change: { appliedCommit: null, requestedAtMs: context.nowMs } });
    }
    if (incidentId !== null) {
      const text = `${releaseId} was taken out of quarantine on ${alias}: ${reason}`;
      addToTimeline(act, { incidentId, kind: "git", text, auditSeq: auditId });
    }
    return { application, alias, releaseId, incidentId, auditId };
  });
}
