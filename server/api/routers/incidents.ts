/** Incidents: opened by people, alerts and rollbacks; written to and closed by on-call. */
import { createRouter, procedure } from "@/server/api/trpc";
import { addIncidentNote, AddIncidentNoteInput, AddIncidentNoteOutput } from "@/server/control/add-incident-note";
import { openIncident, OpenIncidentInput, OpenIncidentOutput } from "@/server/control/open-incident";
import {
  setIncidentStatus,
  SetIncidentStatusInput,
  SetIncidentStatusOutput,
} from "@/server/control/set-incident-status";

const ON_CALL = { role: "on_call", scopes: [] } as const;

export const incidentsRouter = createRouter({
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
