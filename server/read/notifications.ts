/** How notification routes are doing, and what went, goes or did not go through them. */
import { storedRoute } from "@/server/control/put-notification-route";
import { NotificationEvent } from "@/server/domain/notification/event";
import { countWords } from "@/server/domain/words/count-words";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";
import {
  findRoute,
  listDeliveries,
  listRoutes,
  routeHealth,
  type DeliveryState,
  type NotificationRouteRow,
  type RouteHealth,
} from "@/server/store/control/notifications";
import type { OutboxRow } from "@/server/store/control/outbox";
import type { ReadDeps } from "./deps";
import type { DeliveryListView, DeliveryView, RouteListView, RouteView } from "./notification-view";

/** Every route, by name. */
export function readRoutes(deps: ReadDeps): RouteListView {
  const items = listRoutes(deps.control).map((route) => routeView(deps, route));
  return { items, sentence: listSentence(items) };
}

function routeView({ control, nowMs }: ReadDeps, row: NotificationRouteRow): RouteView {
  const health = routeHealth(control, row.id);
  const { waiting, givenUp, lastDeliveredAtMs, oldestAtMs, lastError } = health;
  return {
    ...storedRoute(row),
    health: {
      state: stateOf(row, health),
      waiting,
      givenUp,
      lastDeliveredAt: lastDeliveredAtMs,
      waitingSince: oldestAtMs,
      lastError,
    },
    sentence: routeSentence(row, health, nowMs),
  };
}

function stateOf({ enabled }: NotificationRouteRow, health: RouteHealth): RouteView["health"]["state"] {
  if (!enabled) return "off";
  if (health.lastError !== null) return "failing";
  return health.lastDeliveredAtMs === null && health.waiting === 0 && health.givenUp === 0 ? "idle" : "ok";
}

function routeSentence(row: NotificationRouteRow, health: RouteHealth, nowMs: number): string {
  const { waiting, givenUp, lastDeliveredAtMs, oldestAtMs, lastError } = health;
  const left = givenUp === 0 ? "" : `; ${countWords(givenUp, "notification")} given up`;
  if (!row.enabled) return `${row.name} is switched off: ${row.disabledReason ?? "no reason given"}${left}.`;
  if (lastError !== null && oldestAtMs !== null) {
    const since = lengthWords(nowMs - oldestAtMs);
    return `${row.name} has failed for ${since}, ${countWords(waiting, "notification")} waiting: ${lastError}${left}.`;
  }
  const last =
    lastDeliveredAtMs === null
      ? "nothing was sent yet"
      : `the last one arrived at ${clockWords(lastDeliveredAtMs, nowMs)}`;
  return `${row.name}: ${last}${left}.`;
}

function listSentence(items: readonly RouteView[]): string {
  if (items.length === 0) return "Nobody is told of anything: no route is set up.";
  const failing = items.filter(({ health }) => health.state === "failing").length;
  const givenUp = items.reduce((sum, { health }) => sum + health.givenUp, 0);
  const lost = givenUp === 0 ? "" : ` ${countWords(givenUp, "notification")} given up: look and resend.`;
  const state = failing === 0 ? "none failing" : `${failing} failing`;
  return `${countWords(items.length, "route")}, ${state}.${lost}`;
}

/** Newest first. */
export function readDeliveries(
  { control }: ReadDeps,
  filter: {
    routeId?: string | undefined;
    incidentId?: string | undefined;
    state?: DeliveryState | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): DeliveryListView {
  const page = listDeliveries(control, filter);
  return { ...page, items: page.items.map((row) => deliveryView(row, findRoute(control, routeIdOf(row)))) };
}

function routeIdOf({ target }: OutboxRow): string {
  return target.slice("route:".length);
}

function deliveryView(row: OutboxRow, route: NotificationRouteRow | undefined): DeliveryView {
  const event = NotificationEvent.safeParse(row.payload).data;
  const state = row.deliveredAtMs !== null ? "delivered" : row.gaveUpAtMs === null ? "waiting" : "given_up";
  return {
    id: row.id,
    routeId: routeIdOf(row),
    routeName: route?.name ?? null,
    kind: row.kind,
    sentence: event?.sentence ?? row.kind,
    severity: event?.severity ?? null,
    incidentId: event?.incidentId ?? null,
    state,
    createdAt: row.createdAtMs,
    attempts: row.attempts,
    nextAttemptAt: state === "waiting" ? row.nextAttemptAtMs : null,
    deliveredAt: row.deliveredAtMs,
    gaveUpAt: row.gaveUpAtMs,
    lastError: row.lastError,
  };
}
