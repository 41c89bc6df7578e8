/** Adds an action to an incident: what will be changed, by whom, until when. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { ACTION_STATUSES, ACTION_TYPES, DueDate } from "@/server/domain/postmortem/action";
import { newId } from "@/server/store/control/ids";
import { addActionItem as storeActionItem, type ActionItemRow } from "@/server/store/control/postmortems";
import type { ControlContext } from "./context";
import { incidentTarget, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

/** What an action is made of. */
export const actionFields = {
  text: z.string().trim().min(1, "an action needs a text: say what will change").max(1000),
  type: z.enum(ACTION_TYPES),
  owner: z.string().trim().min(1).max(128).nullable(),
  dueOn: DueDate.nullable(),
  /** Where it is worked on. */
  link: z
    .url({ protocol: /^https?$/, error: "must be an http or https address" })
    .max(1000)
    .nullable(),
};

export const AddActionItemInput = closedObject({
  incidentId: z.string(),
  text: actionFields.text,
  type: actionFields.type.default("prevent"),
  owner: actionFields.owner.default(null),
  dueOn: actionFields.dueOn.default(null),
  link: actionFields.link.default(null),
});
export type AddActionItemInput = z.input<typeof AddActionItemInput>;

export const ActionItem = z.object({
  id: z.string(),
  incidentId: z.string(),
  application: z.string(),
  text: z.string(),
  type: z.enum(ACTION_TYPES),
  owner: z.string().nullable(),
  dueOn: z.string().nullable(),
  status: z.enum(ACTION_STATUSES),
  link: z.string().nullable(),
  /** Compare-and-set: a change sends it back. */
  revision: z.number().int(),
});
export type ActionItem = z.output<typeof ActionItem>;

/** @throws DomainError `not_found` for an unknown incident. */
export function addActionItem(context: ControlContext, input: AddActionItemInput): ActionItem {
  requireRole(context.actor, { role: "on_call" });
  const { incidentId, ...fields } = parseInput(AddActionItemInput, input, "the action");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    const { nowMs } = context;
    const row: ActionItemRow = {
      ...fields,
      id: newId("act", nowMs),
      incidentId,
      application: incident.application,
      status: "open",
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    writeAudit(act, { action: "action.added", target: actionTarget(incident, row), after: fields });
    storeActionItem(act.tx, row);
    return actionItemOf(row);
  });
}

/** Names an action in audit targets. */
export function actionTarget(incident: { application: string; id: string }, { id }: { id: string }): string {
  return `${incidentTarget(incident)}/action/${id}`;
}

/** The action as answers show it. */
export function actionItemOf({ createdAtMs: _created, updatedAtMs: _updated, ...item }: ActionItemRow): ActionItem {
  return item;
}
