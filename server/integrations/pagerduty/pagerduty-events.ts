/**
 * A notification as PagerDuty Events v2: alerts that are triggered, acknowledged and resolved under one key, and change
 * events for what happened without being anybody's alarm.
 */
import type { NotificationEvent } from "@/server/domain/notification/event";
import { toRfc3339 } from "@/server/domain/time";
import { cut, titleOf } from "@/server/integrations/notify/kind-words";
import type { OutboundRequest } from "@/server/integrations/notify/outbound";

const SUMMARY = 1_024;
const KEY = 255;
const SEVERITY = { critical: "critical", major: "error", minor: "warning" } as const;

interface Account {
  readonly routingKey: string;
  readonly endpoint: string;
  readonly baseUrl: string;
  /** The message's id: a test has an alert of its own. */
  readonly messageId: string;
}

/** In the order in which they are sent. Sent again they change nothing: the key is the same. */
export function pagerDutyEvents(event: NotificationEvent, account: Account): OutboundRequest[] {
  const { application, incidentId, rolloutId, alias } = event;
  const incident = dedupKey([application, incidentId ?? ""]);
  const rollout = dedupKey([application, "rollout", rolloutId ?? ""]);
  const alert = (action: Action, key: string): OutboundRequest => alertOf(event, { action, key, account });
  switch (event.kind) {
    case "incident.opened":
      return [alert("trigger", incident)];
    case "incident.status_changed":
      return statusActions(event).map((action) => alert(action, incident));
    case "incident.commander_changed":
      return [alert("acknowledge", incident)];
    case "rollout.paused":
      return [alert("trigger", rollout)];
    case "rollout.resumed":
    case "rollout.rejected":
    case "rollout.aborted":
      return [alert("resolve", rollout)];
    case "threshold.broken":
      return [alert("trigger", dedupKey([application, "threshold", rolloutId ?? ""]))];
    case "drift.opened":
      return [alert("trigger", dedupKey([application, "drift", alias ?? ""]))];
    case "drift.closed":
      return [alert("resolve", dedupKey([application, "drift", alias ?? ""]))];
    case "route.tested": {
      const key = dedupKey(["test", account.messageId]);
      return [alert("trigger", key), alert("resolve", key)];
    }
    case "alias.rolled_back":
      // A rollout that waited for a person does not wait any more.
      return [changeOf(event, account), ...(rolloutId === undefined ? [] : [alert("resolve", rollout)])];
    default:
      return [changeOf(event, account)];
  }
}

type Action = "trigger" | "acknowledge" | "resolve";

/**
 * Mitigated by a person, somebody is at it; mitigated by the policy, nobody is yet, and an acknowledgement would keep the
 * pager silent.
 */
function statusActions({ status, actor }: NotificationEvent): Action[] {
  if (status === "resolved") return ["resolve"];
  if (status === "open") return ["trigger"];
  return actor.kind === "controller" || actor.kind === "system" ? [] : ["acknowledge"];
}

/** `switchback:deploy-assistant:inc_…`. */
function dedupKey(parts: readonly string[]): string {
  return cut(["switchback", ...parts].join(":"), KEY);
}

function alertOf(
  event: NotificationEvent,
  { action, key, account }: { action: Action; key: string; account: Account },
): OutboundRequest {
  const { routingKey, endpoint, baseUrl } = account;
  const body = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: key,
    ...(action === "trigger"
      ? {
          payload: {
            summary: cut(event.sentence, SUMMARY),
            source: event.application,
            severity: SEVERITY[event.severity],
            timestamp: toRfc3339(event.atMs),
            ...(event.alias === undefined ? {} : { component: event.alias }),
            group: event.application,
            class: event.kind,
            custom_details: detailsOf(event),
          },
          links: linksOf(event, baseUrl),
          client: "Switchback",
          client_url: `${baseUrl}${event.path}`,
        }
      : {}),
  };
  return { url: `${endpoint}/v2/enqueue`, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** Shown beside alerts: responders see what changed two minutes before. */
function changeOf(event: NotificationEvent, { routingKey, endpoint, baseUrl }: Account): OutboundRequest {
  const body = {
    routing_key: routingKey,
    payload: {
      summary: cut(`${titleOf(event)}. ${event.sentence}`, SUMMARY),
      source: event.application,
      timestamp: toRfc3339(event.atMs),
      custom_details: detailsOf(event),
    },
    links: linksOf(event, baseUrl),
  };
  return { url: `${endpoint}/v2/change/enqueue`, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

const JSON_HEADERS = { "content-type": "application/json" };

function detailsOf(event: NotificationEvent): Record<string, string> {
  const { releaseId, fromReleaseId, rolloutId, incidentId, alias, actor, incidentTitle } = event;
  const details = { alias, releaseId, fromReleaseId, rolloutId, incidentId, incident: incidentTitle, by: actor.name };
  return Object.fromEntries(
    Object.entries(details).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function linksOf(event: NotificationEvent, baseUrl: string): { href: string; text: string }[] {
  return [{ label: "Open in Switchback", path: event.path }, ...event.actions].map(({ label, path }) => ({
    href: `${baseUrl}${path}`,
    text: label,
  }));
}
