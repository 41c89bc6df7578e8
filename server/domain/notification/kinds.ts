/** What people and programs outside are told of, how grave each is, and which routes want it. */
import type { IncidentSeverity } from "@/server/domain/vocabulary";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";

/** `noun.past_tense`, as webhooks carry them. */
export const NOTIFICATION_KINDS = [
  "incident.opened",
  "incident.status_changed",
  "incident.commander_changed",
  "postmortem.published",
  "alias.moved",
  "alias.rolled_back",
  "rollout.started",
  "rollout.advanced",
  "rollout.paused",
  "rollout.resumed",
  "rollout.rejected",
  "rollout.aborted",
  "threshold.broken",
  "drift.opened",
  "drift.closed",
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/** What somebody sends to see that a route works; no route filters it. */
export const TEST_KIND = "route.tested";

/** How grave what a kind tells is by itself; an incident's own severity counts before it. */
const GRAVITY: Readonly<Record<NotificationKind, IncidentSeverity>> = {
  "incident.opened": "major",
  "incident.status_changed": "major",
  "incident.commander_changed": "minor",
  "postmortem.published": "minor",
  "alias.moved": "minor",
  "alias.rolled_back": "major",
  "rollout.started": "minor",
  "rollout.advanced": "minor",
  "rollout.paused": "major",
  "rollout.resumed": "minor",
  "rollout.rejected": "minor",
  "rollout.aborted": "minor",
  "threshold.broken": "minor",
  "drift.opened": "major",
  "drift.closed": "minor",
};

/** Kinds that tell of an incident are as grave as it is. */
const OF_INCIDENT: ReadonlySet<string> = new Set(["incident.opened", "incident.status_changed", "alias.rolled_back"]);

/** `incident` is the severity of the incident that the event belongs to, if it belongs to one. */
export function gravityOf(kind: NotificationKind, incident: IncidentSeverity | undefined): IncidentSeverity {
  return incident !== undefined && OF_INCIDENT.has(kind) ? incident : GRAVITY[kind];
}

/** Whether the kind is one that this version knows. */
export function isNotificationKind(text: string): text is NotificationKind {
  return NOTIFICATION_KINDS.some((kind) => kind === text);
}

/** What a route wants: the members that are absent or empty want everything. */
export interface RouteFilter {
  readonly application: string | null;
  readonly minSeverity: IncidentSeverity;
  readonly kinds: readonly string[];
  readonly enabled: boolean;
}

/** Whether a route gets the event. */
export function isWanted(
  route: RouteFilter,
  event: { readonly application: string; readonly kind: string; readonly severity: IncidentSeverity },
): boolean {
  return (
    route.enabled &&
    (route.application === null || route.application === event.application) &&
    (route.kinds.length === 0 || route.kinds.includes(event.kind)) &&
    INCIDENT_SEVERITIES.indexOf(event.severity) <= INCIDENT_SEVERITIES.indexOf(route.minSeverity)
  );
}
