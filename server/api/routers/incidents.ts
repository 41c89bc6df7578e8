/** Incidents: opened by people, alerts and rollbacks; written to and closed by on-call. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { addIncidentNote, AddIncidentNoteInput, AddIncidentNoteOutput } from "@/server/control/add-incident-note";
import {
  correctIncidentNote,
  CorrectIncidentNoteInput,
  CorrectIncidentNoteOutput,
} from "@/server/control/correct-incident-note";
import { pinEvidence, PinEvidenceOutput, pinNote } from "@/server/control/pin-evidence";
import { openIncident, OpenIncidentInput, OpenIncidentOutput } from "@/server/control/open-incident";
import { setCommander, SetCommanderInput, SetCommanderOutput } from "@/server/control/set-commander";
import {
  setIncidentStatus,
  SetIncidentStatusInput,
  SetIncidentStatusOutput,
} from "@/server/control/set-incident-status";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { definedOnly } from "@/server/read/defined-only";
import { readIncidentBlame } from "@/server/read/incident-blame";
import { IncidentBlameView } from "@/server/read/incident-blame-view";
import { EvidenceInput, readEvidence } from "@/server/read/incident-evidence";
import { readIncidentImpact } from "@/server/read/incident-impact";
import { IncidentImpactView } from "@/server/read/incident-impact-view";
import { readIncident } from "@/server/read/incident-detail";
import { listIncidentSummaries } from "@/server/read/incident-list";
import { IncidentDetailView, IncidentListView } from "@/server/read/incident-view";
import { pageInput } from "@/server/read/page";

const ON_CALL = { role: "on_call", scopes: [] } as const;
const incidentId = z.string().min(1).max(64);

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
    input: closedObject({ incidentId }),
    output: IncidentDetailView,
  }).query(({ ctx, input }) => readIncident(ctx, input)),

  impact: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/incidents/{incidentId}/impact",
      summary: "Whom it hit, and what it cost beyond the concurrent control",
    },
    input: closedObject({ incidentId }),
    output: IncidentImpactView.nullable(),
  }).query(({ ctx, input }) => readIncidentImpact(ctx, input)),

  blame: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/incidents/{incidentId}/blame",
      summary: "Which changed component explains it, by what it did in other releases",
    },
    input: closedObject({ incidentId }),
    output: IncidentBlameView.nullable(),
  }).query(({ ctx, input }) => readIncidentBlame(ctx, input)),

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

  correctNote: procedure({
    access: ON_CALL,
    rest: {
      method: "PUT",
      path: "/api/v1/incidents/{incidentId}/notes/{noteId}",
      summary: "Correct what a note or a pin says, or the time it is about; what it said stays in the record",
    },
    input: CorrectIncidentNoteInput,
    output: CorrectIncidentNoteOutput,
  }).mutation(({ ctx, input }) => ctx.write(correctIncidentNote, input)),

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

  setCommander: procedure({
    access: ON_CALL,
    rest: {
      method: "PUT",
      path: "/api/v1/incidents/{incidentId}/commander",
      summary: "Who leads; without a name, the caller takes over",
    },
    input: SetCommanderInput,
    output: SetCommanderOutput,
  }).mutation(({ ctx, input }) => ctx.write(setCommander, input)),

  pin: procedure({
    access: ON_CALL,
    rest: {
      method: "POST",
      path: "/api/v1/incidents/{incidentId}/pins",
      summary: "Keep a request or a chart in the timeline, whole",
      status: 201,
    },
    input: closedObject({ ...pinNote, evidence: EvidenceInput }),
    output: PinEvidenceOutput,
  }).mutation(({ ctx, input }) => ctx.write(pinEvidence, { ...input, evidence: readEvidence(ctx, input) })),
});
