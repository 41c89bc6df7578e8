/** Takes a route away. What was sent stays on record; what still waits for it is given up. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { deleteRoute } from "@/server/store/control/notifications";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit } from "./perform";
import { notificationTarget, requireRoute, storedRoute } from "./put-notification-route";
import { requireRole } from "./require-role";

export const RemoveNotificationRouteInput = closedObject({ routeId: z.string(), reason: Reason });
export type RemoveNotificationRouteInput = z.input<typeof RemoveNotificationRouteInput>;

export const RemoveNotificationRouteOutput = z.object({ id: z.string() });

/** @throws DomainError `not_found`. */
export function removeNotificationRoute(
  context: ControlContext,
  input: RemoveNotificationRouteInput,
): z.output<typeof RemoveNotificationRouteOutput> {
  requireRole(context.actor, { role: "admin" });
  const { routeId, reason } = parseInput(RemoveNotificationRouteInput, input, "the removal");
  return perform(context, (act) => {
    const before = storedRoute(requireRoute(act.tx, routeId));
    writeAudit(act, { action: "notification_route.removed", target: notificationTarget(routeId), before, reason });
    deleteRoute(act.tx, routeId);
    return { id: routeId };
  });
}
