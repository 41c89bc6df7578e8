/** Incidents: opened by people, alerts and rollbacks; written to and closed by on-call. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { addIncidentNote, AddIncidentNoteInput, AddIncidentNoteOutput } from "@/server/control/add-incident-note";
import { openIncident, OpenIncidentInput, OpenIncidentOutput } from "@/server/control/open-incident";
import {
  setIncidentStatus,
  SetIncidentStatusInput,
  SetIncidentStatusOutput,
} from "@/server/control/set-incident-status";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { definedOnly } from "@/server/read/defined-only";
import { readIncident } from "@/server/read/incident-detail";
import { listIncidentSummaries } from "@/server/read/incident-list";
import { IncidentDetailView, IncidentListView } from "@/server/read/incident-view";
import { pageInput } from "@/server/read/page";
import { postmortemMarkdown, PostmortemView, readPostmortem } from "@/server/read/postmortem";

const ON_CALL = { role: "on_call", scopes: [] } as const;

/** Pages show the data and offer the document. */
const withMarkdown = (view: PostmortemView) => ({ ...view, markdown: postmortemMarkdown(view) });

export const incidentsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/incidents", summary: "Incidents, newest first" },
    input: closedObject({
      ...pageInput,
      application: ApplicationId.optional(),
      status: z.enum(INCIDENT_STATUSES).optional(),
    }),
    output: IncidentListView,
  }).query(({ ctx, input }) => listIncidentSummaries(ctx, definedOnly(input))),

  get: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/incidents/{incidentId}", summary: "One incident with its timeline" },
    input: closedObject({ incidentId: z.string().min(1).max(64) }),
    output: IncidentDetailView,
  }).query(({ ctx, input }) => readIncident(ctx, input)),

  postmortem: procedure({
    access: READ,
    input: closedObject({ incidentId: z.string().min(1).max(64) }),
    output: PostmortemView.extend({ markdown: z.string() }),
  }).query(({ ctx, input }) => withMarkdown(readPostmortem(ctx, input))),

  open: procedure({
    access: ON_CALL,
    rest: {
      method: "POST",
      path: "/api/v1/incidents",
      summary: "Open an incident, or join the open one",
      createdField: "created",
    },
    input: OpenIncidentInput,
    output: OpenIncidentOutput,
  }).mutation(({ ctx, input }) => ctx.write(openIncident, input)),

  note: procedure({
    access: ON_CALL,
    rest: {
      method: "POST",
      path: "/api/v1/incidents/{incidentId}/notes",
      summary: "Write into the timeline",
      status: 201,
    },
    input: AddIncidentNoteInput,
    output: AddIncidentNoteOutput,
  }).mutation(({ ctx, input }) => ctx.write(addIncidentNote, input)),

  setStatus: procedure({
    access: ON_CALL,
    rest: {
      method: "PUT",
      path: "/api/v1/incidents/{incidentId}/status",
      summary: "Mitigated, resolved, or open again",
    },
    input: SetIncidentStatusInput,
    output: SetIncidentStatusOutput,
  }).mutation(({ ctx, input }) => ctx.write(setIncidentStatus, input)),
});
