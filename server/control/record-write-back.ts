/** Keeps what became of bringing git to what runs, in the incident's timeline as well. For the controller alone. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { WRITE_BACK_STATUSES } from "@/server/domain/gitops/write-back";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { findWriteBack, requestGitCheck, writeWriteBack } from "@/server/store/control/gitops";
import { findIncident } from "@/server/store/control/incidents";
import type { ControlContext } from "./context";
import { addToTimeline } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { gitTarget } from "./put-git-repository";

export const RecordWriteBackInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  /** The audit entry of the move that is written back. */
  auditSeq: z.number().int(),
  incidentId: z.string().nullable(),
  fromReleaseId: z.string(),
  toReleaseId: z.string(),
  status: z.enum(WRITE_BACK_STATUSES),
  commit: z.string().nullable(),
  branch: z.string().nullable(),
  url: z.string().nullable(),
  message: z.string().max(2000),
});
export type RecordWriteBackInput = z.input<typeof RecordWriteBackInput>;

/** False when the same was kept before: delivery is repeated, the record is not. */
export function recordWriteBack(context: ControlContext, input: RecordWriteBackInput): boolean {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records what it wrote to git");
  const given = parseInput(RecordWriteBackInput, input, "the write-back");
  const { application, alias, auditSeq, incidentId, status, commit, branch, url, message } = given;
  return perform(context, (act) => {
    const known = findWriteBack(act.tx, auditSeq);
    if (known?.status === status && known.commit === commit && known.url === url) return false;
    const seq = writeAudit(act, {
      action: "git.written_back",
      target: gitTarget(application),
      ...(known === undefined ? {} : { before: { status: known.status, commit: known.commit, url: known.url } }),
      after: { alias, answers: auditSeq, incidentId, status, commit, branch, url, message },
    });
    const times = { createdAtMs: known?.createdAtMs ?? context.nowMs, updatedAtMs: context.nowMs };
    writeWriteBack(act.tx, { ...given, ...times });
    // The drift is looked at again at once, not at the next poll.
    requestGitCheck(act.tx, { application, nowMs: context.nowMs });
    if (incidentId !== null && findIncident(act.tx, incidentId) !== undefined) {
      addToTimeline(act, {
        incidentId,
        kind: "git",
        text: message,
        data: { status, commit, branch, url },
        auditSeq: seq,
      });
    }
    return true;
  });
}
