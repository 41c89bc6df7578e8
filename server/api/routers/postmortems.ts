/** Postmortems: what the record says, what people made of it, and the actions that follow. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { ActionItem, addActionItem, AddActionItemInput } from "@/server/control/add-action-item";
import { PostmortemVersion } from "@/server/control/postmortem-core";
import { postmortemText, savePostmortem } from "@/server/control/save-postmortem";
import { postmortemStatus, setPostmortemStatus } from "@/server/control/set-postmortem-status";
import { updateActionItem, UpdateActionItemInput } from "@/server/control/update-action-item";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { readPostmortem, readRecordDraft } from "@/server/read/postmortem";
import { listActions, listVersions } from "@/server/read/postmortem-lists";
import { ActionListView, PostmortemVersionsView, PostmortemView } from "@/server/read/postmortem-view";

const ON_CALL = { role: "on_call", scopes: [] } as const;
const incidentId = z.string().min(1).max(64);

export const postmortemsRouter = createRouter({
  // The JSON API serves it with its formats: see the postmortem endpoint.
  get: procedure({
    access: READ,
    input: closedObject({ incidentId, version: z.number().int().positive().optional() }),
    output: PostmortemView,
  }).query(({ ctx, input }) => readPostmortem(ctx, input)),

  versions: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/incidents/{incidentId}/postmortem/versions",
      summary: "Who saved which version of a postmortem, newest first",
    },
    input: closedObject({ incidentId }),
    output: PostmortemVersionsView,
  }).query(({ ctx, input }) => listVersions(ctx, input)),

  save: procedure({
    access: ON_CALL,
    rest: {
      method: "PUT",
      path: "/api/v1/incidents/{incidentId}/postmortem",
      summary: "Save a new version of a postmortem's text",
    },
    input: closedObject(postmortemText),
    output: PostmortemVersion,
  }).mutation(({ ctx, input }) => ctx.write(savePostmortem, { ...input, draft: readRecordDraft(ctx, input) })),

  setStatus: procedure({
    access: ON_CALL,
    rest: {
      method: "PUT",
      path: "/api/v1/incidents/{incidentId}/postmortem/status",
      summary: "To review, back to draft, or published",
    },
    input: closedObject(postmortemStatus),
    output: PostmortemVersion,
  }).mutation(({ ctx, input }) => ctx.write(setPostmortemStatus, { ...input, draft: readRecordDraft(ctx, input) })),

  actions: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/actions", summary: "Open actions of all incidents, the earliest due first" },
    input: closedObject({
      application: ApplicationId.optional(),
      /** Only those whose day has passed. */
      overdue: z.boolean().default(false),
      limit: z.number().int().min(1).max(500).default(200),
    }),
    output: ActionListView,
  }).query(({ ctx, input }) => listActions(ctx, input)),

  addAction: procedure({
    access: ON_CALL,
    rest: {
      method: "POST",
      path: "/api/v1/incidents/{incidentId}/actions",
      summary: "Add an action with its owner and due date",
      status: 201,
    },
    input: AddActionItemInput,
    output: ActionItem,
  }).mutation(({ ctx, input }) => ctx.write(addActionItem, input)),

  updateAction: procedure({
    access: ON_CALL,
    rest: { method: "PUT", path: "/api/v1/actions/{actionId}", summary: "Change an action, or close it" },
    input: UpdateActionItemInput,
    output: ActionItem,
  }).mutation(({ ctx, input }) => ctx.write(updateActionItem, input)),
});
