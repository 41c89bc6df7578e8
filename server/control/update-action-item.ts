/** Changes an action: who does it, until when, whether it is done. What is left out stays. */
import { z } from "zod";
import { notFound, preconditionFailed } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { ACTION_STATUSES } from "@/server/domain/postmortem/action";
import { findActionItem, writeActionItem, type ActionItemRow } from "@/server/store/control/postmortems";
import { actionFields, actionItemOf, actionTarget, type ActionItem } from "./add-action-item";
import type { ControlContext } from "./context";
import { requireIncident } from "./incident-core";
import { perform, Reason, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const UpdateActionItemInput = closedObject({
  actionId: z.string(),
  /** The revision that was read. */
  revision: z.number().int().positive(),
  text: actionFields.text.optional(),
  type: actionFields.type.optional(),
  owner: actionFields.owner.optional(),
  dueOn: actionFields.dueOn.optional(),
  link: actionFields.link.optional(),
  status: z.enum(ACTION_STATUSES).optional(),
  reason: Reason.optional(),
});
export type UpdateActionItemInput = z.input<typeof UpdateActionItemInput>;

/** @throws DomainError `not_found`; `precondition_failed` when somebody changed it since `revision`. */
export function updateActionItem(context: ControlContext, input: UpdateActionItemInput): ActionItem {
  requireRole(context.actor, { role: "on_call" });
  const { actionId, revision, reason, ...given } = parseInput(UpdateActionItemInput, input, "the action");
  return perform(context, (act) => {
    const item = findActionItem(act.tx, actionId);
    if (item === undefined) throw notFound("action", actionId);
    if (item.revision !== revision) {
      throw preconditionFailed(
        `action ${actionId} is at revision ${item.revision}, not ${revision}: somebody changed it. Read it again`,
      );
    }
    const change = changesIn(item, given);
    if (Object.keys(change).length === 0) return actionItemOf(item);
    const incident = requireIncident(act.tx, { incidentId: item.incidentId });
    writeAudit(act, {
      action: "action.changed",
      target: actionTarget(incident, item),
      before: Object.fromEntries(Object.keys(change).map((key) => [key, item[key as keyof ActionItemRow]])),
      after: change,
      ...(reason === undefined ? {} : { reason }),
    });
    return actionItemOf(writeActionItem(act.tx, { item, change: { ...change, updatedAtMs: context.nowMs } }));
  });
}

/** The members that are given and differ. */
function changesIn(item: ActionItemRow, given: Partial<ActionItemRow> | object): Partial<ActionItemRow> {
  return Object.fromEntries(
    Object.entries(given).filter(
      ([key, value]: [string, unknown]) => value !== undefined && value !== item[key as keyof ActionItemRow],
    ),
  );
}
