/** Switches a route on or off. The controller switches one off whose receiver says that it is gone. */
import { z } from "zod";
import { closedObject, parseInput } from "@/server/domain/input";
import { writeRoute } from "@/server/store/control/notifications";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit } from "./perform";
import { notificationTarget, requireRoute, storedRoute, type StoredRoute } from "./put-notification-route";
import { requireRole } from "./require-role";

export const SwitchNotificationRouteInput = closedObject({ routeId: z.string(), enabled: z.boolean(), reason: Reason });
export type SwitchNotificationRouteInput = z.input<typeof SwitchNotificationRouteInput>;

/** What it is already is no change. @throws DomainError `not_found`. */
export function switchNotificationRoute(context: ControlContext, input: SwitchNotificationRouteInput): StoredRoute {
  requireRole(context.actor, { role: "admin", automatic: ["controller"] });
  const { routeId, enabled, reason } = parseInput(SwitchNotificationRouteInput, input, "the switch");
  return perform(context, (act) => {
    const before = requireRoute(act.tx, routeId);
    if (before.enabled === enabled) return storedRoute(before);
    const row = { ...before, enabled, disabledReason: enabled ? null : reason, updatedAtMs: context.nowMs };
    writeAudit(act, {
      action: enabled ? "notification_route.enabled" : "notification_route.disabled",
      target: notificationTarget(routeId),
      before: { enabled: before.enabled },
      after: { enabled },
      reason,
    });
    writeRoute(act.tx, row);
    return storedRoute(row);
  });
}
