/** Opening incidents and writing their timelines, inside a verb's transaction and under its one audit entry. */
import { z } from "zod";
import { invalidInput, notFound } from "@/server/domain/errors";
import { canChangeStatus } from "@/server/domain/incident/incident";
import { TimeInput } from "@/server/domain/time";
import type { IncidentStatus } from "@/server/domain/vocabulary";
import {
  addIncident,
  addIncidentEvent,
  findIncident,
  findIncidentByKey,
  findOpenIncidentOfRelease,
  writeIncident,
  type IncidentEventKind,
  type IncidentRow,
} from "@/server/store/control/incidents";
import { newId } from "@/server/store/control/ids";
import type { ControlReader } from "@/server/store/control/database";
import { notify } from "./outside-effects";
import type { Act } from "./perform";

/** @throws DomainError `not_found`, also for an incident of another application. */
export function requireIncident(
  db: ControlReader,
  { incidentId, application }: { incidentId: string; application?: string | undefined },
): IncidentRow {
  const incident = findIncident(db, incidentId);
  if (incident === undefined || (application !== undefined && incident.application !== application)) {
    throw notFound(application === undefined ? "incident" : `incident of ${application}`, incidentId);
  }
  return incident;
}

/** The incident a verb will write to: known before its audit entry is sealed, written after. */
export interface IncidentPlan {
  id: string;
  existing: IncidentRow | undefined;
}

/**
 * The incident that is named, else the one with the same key (also when resolved: it is the same trouble again), else
 * the open one about the release, else a new one.
 */
export function planIncident(
  { tx, context }: Act,
  wanted: {
    application: string;
    incidentId?: string | undefined;
    dedupKey?: string | undefined;
    releaseId?: string | undefined;
  },
): IncidentPlan {
  const { application, incidentId, dedupKey, releaseId } = wanted;
  const existing =
    incidentId === undefined
      ? ((dedupKey === undefined ? undefined : findIncidentByKey(tx, dedupKey)) ??
        (releaseId === undefined ? undefined : findOpenIncidentOfRelease(tx, { application, releaseId })))
      : requireIncident(tx, { incidentId, application });
  return { id: existing?.id ?? newId("inc", context.nowMs), existing };
}

/** What an incident is about, for a new one; an existing one keeps what it knows and learns the rest. */
export type IncidentFacts = Pick<
  IncidentRow,
  "application" | "title" | "cause" | "severity" | "alias" | "releaseId" | "rolloutId" | "startedAtMs" | "dedupKey"
>;

/** Opens the planned incident, or reopens and completes the existing one. Returns it as it now is. */
export function openOrLink(
  act: Act,
  { plan, facts, auditSeq }: { plan: IncidentPlan; facts: IncidentFacts; auditSeq: number },
): IncidentRow {
  const { tx, context } = act;
  const { existing } = plan;
  if (existing !== undefined) {
    const change = {
      alias: existing.alias ?? facts.alias,
      releaseId: existing.releaseId ?? facts.releaseId,
      rolloutId: existing.rolloutId ?? facts.rolloutId,
    };
    writeIncident(tx, { id: plan.id, change });
    const linked = { ...existing, ...change };
    return linked.status === "open"
      ? linked
      : changeStatus(act, { incident: linked, status: "open", reason: facts.title, auditSeq });
  }
  const { actor, nowMs } = context;
  const row: IncidentRow = {
    ...facts,
    id: plan.id,
    status: "open",
    detectedAtMs: nowMs,
    mitigatedAtMs: null,
    drainedAtMs: null,
    resolvedAtMs: null,
    commander: null,
    openedByKind: actor.kind,
    openedById: actor.id,
    openedByName: actor.name,
  };
  addIncident(tx, row);
  addToTimeline(act, { incidentId: row.id, kind: "opened", text: row.title, auditSeq });
  notify(act, { kind: "incident.opened", ...subjectOf(row), sentence: row.title, data: { severity: row.severity } });
  return row;
}

/** Changes the status with its clock and its timeline entry. The caller has checked that the change is allowed. */
export function changeStatus(
  act: Act,
  change: { incident: IncidentRow; status: IncidentStatus; reason: string; auditSeq: number },
): IncidentRow {
  const { incident, status, reason, auditSeq } = change;
  if (!canChangeStatus(incident.status, status)) return incident;
  const clocks = clocksFor(incident, { status, nowMs: act.context.nowMs });
  writeIncident(act.tx, { id: incident.id, change: { status, ...clocks } });
  addToTimeline(act, {
    incidentId: incident.id,
    kind: "status",
    text: `${incident.status} → ${status}: ${reason}`,
    data: { from: incident.status, to: status },
    auditSeq,
  });
  const sentence = `Incident is ${status}: ${reason}`;
  notify(act, { kind: "incident.status_changed", ...subjectOf(incident), sentence, data: { status } });
  return { ...incident, status, ...clocks };
}

/** A clock keeps its first stop; opening again starts the later clocks anew. */
function clocksFor(
  incident: IncidentRow,
  { status, nowMs }: { status: IncidentStatus; nowMs: number },
): Partial<Pick<IncidentRow, "mitigatedAtMs" | "drainedAtMs" | "resolvedAtMs">> {
  if (status === "open") return { mitigatedAtMs: null, drainedAtMs: null, resolvedAtMs: null };
  if (status === "mitigated") return { mitigatedAtMs: nowMs, resolvedAtMs: null };
  return { resolvedAtMs: nowMs };
}

/** What people say in a note. */
export const noteFields = {
  text: z.string().trim().min(1, "a note needs text").max(10_000, "a note has at most 10,000 characters"),
  /** When what it tells happened; without it, now. */
  at: TimeInput.optional(),
};

/** @throws DomainError `invalid_input` for a note about a time that is still to come. */
export function refuseFuture({ nowMs }: { nowMs: number }, atMs: number | undefined): void {
  if (atMs === undefined || atMs <= nowMs) return;
  const message = "is still to come: a note tells what happened";
  throw invalidInput(`at ${message}`, [{ pointer: "/at", message }]);
}

/** Adds a timeline entry by the acting person, token or controller. */
export function addToTimeline(
  { tx, context }: Act,
  entry: { incidentId: string; kind: IncidentEventKind; text: string; data?: unknown; auditSeq: number },
): number {
  return addIncidentEvent(tx, { data: null, ...entry, atMs: context.nowMs, actor: context.actor });
}

function subjectOf(incident: IncidentRow): {
  application: string;
  incidentId: string;
  alias?: string;
  releaseId?: string;
  rolloutId?: string;
} {
  return {
    application: incident.application,
    incidentId: incident.id,
    ...(incident.alias === null ? {} : { alias: incident.alias }),
    ...(incident.releaseId === null ? {} : { releaseId: incident.releaseId }),
    ...(incident.rolloutId === null ? {} : { rolloutId: incident.rolloutId }),
  };
}

/** Names an incident in audit targets. */
export function incidentTarget({ application, id }: { application: string; id: string }): string {
  return `application/${application}/incident/${id}`;
}
