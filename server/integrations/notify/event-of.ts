/** A queued effect as a notification: its severity, the page that shows it, what a person may want to do next. */
import { z } from "zod";
import type { NotificationEvent } from "@/server/domain/notification/event";
import { gravityOf, isNotificationKind, type NotificationKind } from "@/server/domain/notification/kinds";
import { INCIDENT_STATUSES } from "@/server/domain/vocabulary";
import { links } from "@/server/read/links";
import type { ControlReader } from "@/server/store/control/database";
import { findIncident, type IncidentRow } from "@/server/store/control/incidents";
import type { OutboxRow } from "@/server/store/control/outbox";

const Actor = z.object({ kind: z.string(), id: z.string(), name: z.string() });

const Move = z.object({
  application: z.string(),
  alias: z.string(),
  fromReleaseId: z.string().nullable(),
  toReleaseId: z.string(),
  reason: z.string(),
  actor: Actor,
  atMs: z.number(),
  rolloutId: z.string().nullable(),
  incidentId: z.string().nullable(),
  auditId: z.number(),
});

const Told = z.object({
  application: z.string(),
  sentence: z.string(),
  actor: Actor,
  atMs: z.number(),
  alias: z.string().optional(),
  releaseId: z.string().optional(),
  rolloutId: z.string().optional(),
  incidentId: z.string().optional(),
  data: z.unknown().optional(),
});

const WithStatus = z.object({ status: z.enum(INCIDENT_STATUSES) });

/** Undefined for a kind that this version does not tell people of. */
export function eventOf(control: ControlReader, { kind, payload }: OutboxRow): NotificationEvent | undefined {
  if (!isNotificationKind(kind)) return undefined;
  return kind === "alias.moved" || kind === "alias.rolled_back"
    ? moveEvent(control, { kind, move: Move.parse(payload) })
    : toldEvent(control, { kind, told: Told.parse(payload) });
}

function moveEvent(
  control: ControlReader,
  { kind, move }: { kind: NotificationKind; move: z.infer<typeof Move> },
): NotificationEvent {
  const { application, alias, fromReleaseId, toReleaseId, reason, actor, atMs, rolloutId, incidentId, auditId } = move;
  const incident = incidentId === null ? undefined : findIncident(control, incidentId);
  const verb = kind === "alias.rolled_back" ? "was rolled back" : "moved";
  const from = fromReleaseId === null ? "" : ` from ${fromReleaseId}`;
  return {
    kind,
    application,
    alias,
    atMs,
    actor,
    sentence: `${alias} ${verb}${from} to ${toReleaseId}: ${reason}`,
    severity: gravityOf(kind, incident?.severity),
    releaseId: toReleaseId,
    ...(fromReleaseId === null ? {} : { fromReleaseId }),
    ...(rolloutId === null ? {} : { rolloutId }),
    ...incidentMembers(incident),
    path: incidentId === null ? links.audit(application, auditId) : links.incident(application, incidentId),
    actions: [],
  };
}

function toldEvent(
  control: ControlReader,
  { kind, told }: { kind: NotificationKind; told: z.infer<typeof Told> },
): NotificationEvent {
  const { application, alias, releaseId, rolloutId, incidentId, sentence, actor, atMs, data } = told;
  const incident = incidentId === undefined ? undefined : findIncident(control, incidentId);
  const status = WithStatus.safeParse(data).data?.status;
  return {
    kind,
    application,
    atMs,
    sentence,
    actor,
    severity: gravityOf(kind, incident?.severity),
    ...(alias === undefined ? {} : { alias }),
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(rolloutId === undefined ? {} : { rolloutId }),
    ...incidentMembers(incident),
    ...(status === undefined ? {} : { status }),
    path: pathOf(kind, told),
    actions: actionsOf(kind, { told, status }),
  };
}

function incidentMembers(incident: IncidentRow | undefined): { incidentId?: string; incidentTitle?: string } {
  return incident === undefined ? {} : { incidentId: incident.id, incidentTitle: incident.title };
}

function pathOf(
  kind: NotificationKind,
  {
    application,
    incidentId,
    rolloutId,
  }: { application: string; incidentId?: string | undefined; rolloutId?: string | undefined },
): string {
  if (kind === "postmortem.published" && incidentId !== undefined) return links.postmortem(application, incidentId);
  if (incidentId !== undefined) return links.incident(application, incidentId);
  return rolloutId === undefined ? links.overview(application) : links.rollout(application, rolloutId);
}

/** Pages that ask before they act: a link alone never changes anything. */
function actionsOf(
  kind: NotificationKind,
  { told, status }: { told: z.infer<typeof Told>; status: NotificationEvent["status"] },
): NotificationEvent["actions"] {
  const { application, alias, rolloutId } = told;
  if (kind === "rollout.paused" && rolloutId !== undefined) {
    return [{ label: "Review", path: links.approval(application, rolloutId) }];
  }
  const isOpen = kind === "incident.opened" || status === "open";
  return isOpen && alias !== undefined ? [{ label: "Roll back…", path: links.rollback(application, alias) }] : [];
}
