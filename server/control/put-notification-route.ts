/** Adds a route for notifications, or replaces one. Secrets are named, never given. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { NotificationRoute } from "@/server/domain/notification/route";
import { findApplication } from "@/server/store/control/applications";
import { newId } from "@/server/store/control/ids";
import { findRoute, writeRoute, type NotificationRouteRow } from "@/server/store/control/notifications";
import type { ControlReader } from "@/server/store/control/database";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const PutNotificationRouteInput = closedObject({
  ...NotificationRoute.shape,
  /** The route to replace; without it a new one is added. */
  routeId: z.string().max(64).optional(),
});
export type PutNotificationRouteInput = z.input<typeof PutNotificationRouteInput>;

/** The route as it now is. */
export const StoredRoute = z.object({
  ...NotificationRoute.shape,
  application: z.string().nullable(),
  id: z.string(),
  enabled: z.boolean(),
  /** Why it is switched off. */
  disabledReason: z.string().nullable(),
});
export type StoredRoute = z.output<typeof StoredRoute>;

/** A replaced route is switched on. @throws DomainError `not_found` for an unknown route or application. */
export function putNotificationRoute(context: ControlContext, input: PutNotificationRouteInput): StoredRoute {
  requireRole(context.actor, { role: "admin", automatic: ["system"] });
  const { routeId, ...given } = parseInput(PutNotificationRouteInput, input, "the route");
  return perform(context, (act) => {
    const before = routeId === undefined ? undefined : requireRoute(act.tx, routeId);
    if (given.application !== null && findApplication(act.tx, given.application) === undefined) {
      throw notFound("application", given.application);
    }
    const { nowMs } = context;
    const row: NotificationRouteRow = {
      ...given,
      id: before?.id ?? newId("ntr", nowMs),
      enabled: true,
      disabledReason: null,
      createdAtMs: before?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    writeAudit(act, {
      action: before === undefined ? "notification_route.added" : "notification_route.changed",
      target: notificationTarget(row.id),
      ...(before === undefined ? {} : { before: storedRoute(before) }),
      after: storedRoute(row),
    });
    writeRoute(act.tx, row);
    return storedRoute(row);
  });
}

/** @throws DomainError `not_found`. */
export function requireRoute(db: ControlReader, routeId: string): NotificationRouteRow {
  const route = findRoute(db, routeId);
  if (route === undefined) throw notFound("notification route", routeId);
  return route;
}

/** The route as answers and the audit log show it. */
export function storedRoute({
  createdAtMs: _created,
  updatedAtMs: _updated,
  ...row
}: NotificationRouteRow): StoredRoute {
  return StoredRoute.parse(row);
}

/** Names a route in audit targets. */
export function notificationTarget(routeId: string): string {
  return `notification_route/${routeId}`;
}
