/** What each kind is called where people read it. */
import type { NotificationEvent } from "@/server/domain/notification/event";

const TITLES: Readonly<Record<string, string>> = {
  "incident.opened": "Incident opened",
  "incident.status_changed": "Incident changed",
  "incident.commander_changed": "Incident has a lead",
  "postmortem.published": "Postmortem published",
  "alias.moved": "Alias moved",
  "alias.rolled_back": "Rolled back",
  "rollout.started": "Rollout started",
  "rollout.advanced": "Rollout advanced",
  "rollout.paused": "Rollout waits for a person",
  "rollout.resumed": "Rollout goes on",
  "rollout.rejected": "Rollout rejected",
  "rollout.aborted": "Rollout aborted",
  "threshold.broken": "Threshold broken",
  "drift.opened": "Git and production differ",
  "drift.closed": "Git and production agree",
  "route.tested": "Test",
};

/** `Rolled back: deploy-assistant production`. */
export function titleOf({ kind, status, application, alias }: NotificationEvent): string {
  const title =
    kind === "incident.status_changed" && status !== undefined ? `Incident ${status}` : (TITLES[kind] ?? kind);
  return `${title}: ${application}${alias === undefined ? "" : ` ${alias}`}`;
}

/** Facts for a line of small print, in order. */
export function factsOf(event: NotificationEvent): [string, string][] {
  const { severity, releaseId, rolloutId, incidentId, actor } = event;
  return [
    ["severity", severity],
    ...(releaseId === undefined ? [] : [["release", releaseId] as [string, string]]),
    ...(rolloutId === undefined ? [] : [["rollout", rolloutId] as [string, string]]),
    ...(incidentId === undefined ? [] : [["incident", incidentId] as [string, string]]),
    ["by", actor.kind === "controller" ? "the policy" : actor.name],
  ];
}

/** At most `length` characters, with a mark where something was left out. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
