/** Moves a postmortem from draft to review to published, as a version of its own: what was published stays as it was. */
import { z } from "zod";
import { conflict, preconditionFailed } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { refreshed } from "@/server/domain/postmortem/refresh";
import { textsById } from "@/server/domain/postmortem/sections";
import {
  missingForPublication,
  nextPostmortemStatuses,
  POSTMORTEM_STATUSES,
  type PostmortemStatus,
} from "@/server/domain/postmortem/status";
import { listActionsOfIncident, type PostmortemRow } from "@/server/store/control/postmortems";
import type { ControlContext } from "./context";
import { addToTimeline, requireIncident } from "./incident-core";
import { notify } from "./outside-effects";
import { perform, type Act } from "./perform";
import { DraftInput, ExpectedVersion, requireVersion, writeVersion, type PostmortemVersion } from "./postmortem-core";
import { requireRole } from "./require-role";

/** What a caller sends. */
export const postmortemStatus = {
  incidentId: z.string(),
  expectedVersion: ExpectedVersion,
  status: z.enum(POSTMORTEM_STATUSES),
  note: z.string().trim().min(1).max(300).optional(),
};

export const SetPostmortemStatusInput = closedObject({ ...postmortemStatus, draft: DraftInput });
export type SetPostmortemStatusInput = z.input<typeof SetPostmortemStatusInput>;
type Given = z.output<typeof SetPostmortemStatusInput>;

/**
 * @throws DomainError `conflict` for a change there is not; `precondition_failed` when somebody saved since
 *   `expectedVersion`, or an action has no owner or no date when it is to be published.
 */
export function setPostmortemStatus(context: ControlContext, input: SetPostmortemStatusInput): PostmortemVersion {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(SetPostmortemStatusInput, input, "the status");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, given);
    const newest = requireVersion(act, given);
    requirePossible(act, { given, newest });
    const { status, draft, note } = given;
    const { row, auditSeq } = writeVersion(act, { incident, newest, status, ...textsNow(given, newest), draft, note });
    const said = `Postmortem version ${row.version}: ${status.replaceAll("_", " ")}`;
    addToTimeline(act, { incidentId: incident.id, kind: "postmortem", text: said, data: row, auditSeq });
    if (status === "published") {
      const { application, id, title } = incident;
      notify(act, {
        kind: "postmortem.published",
        application,
        incidentId: id,
        sentence: `The postmortem is published: ${title}`,
      });
    }
    return row;
  });
}

function requirePossible(act: Act, { given, newest }: { given: Given; newest: PostmortemRow | undefined }): void {
  const from: PostmortemStatus = newest?.status ?? "draft";
  const possible = nextPostmortemStatuses(from);
  if (!possible.includes(given.status)) {
    throw conflict(
      `the postmortem of ${given.incidentId} is ${from} and cannot become ${given.status}: it may become ${possible.join(" or ")}`,
    );
  }
  const missing =
    given.status === "published" ? missingForPublication(listActionsOfIncident(act.tx, given.incidentId)) : [];
  if (missing.length > 0) throw preconditionFailed(`it cannot be published yet: ${missing.join("; ")}`);
}

/** What pages show at this moment: people's text, and the record's newest word where nobody wrote. */
function textsNow({ draft }: Given, newest: PostmortemRow | undefined): Pick<PostmortemRow, "sections" | "generated"> {
  const frozen = newest?.status === "published";
  const current = refreshed(newest, { draft: draft.sections, frozen });
  const then = textsById(newest?.generated ?? []);
  return {
    sections: current.map(({ id, markdown }) => ({ id, markdown })),
    generated: current.map(({ id, markdown, generated }) => ({
      id,
      markdown: generated ? markdown : (then.get(id) ?? ""),
    })),
  };
}
