/** Tries a notification again that was given up, or that waits for its next attempt. */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { toRfc3339 } from "@/server/domain/time";
import { findDelivery, reviveDelivery } from "@/server/store/control/notifications";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const ResendNotificationInput = closedObject({ deliveryId: z.number().int().positive() });
export type ResendNotificationInput = z.input<typeof ResendNotificationInput>;

export const ResendNotificationOutput = z.object({ deliveryId: z.number().int() });

/** It keeps its id, so that a receiver can tell that it is the same. @throws DomainError `not_found`; `conflict` for one that arrived. */
export function resendNotification(
  context: ControlContext,
  input: ResendNotificationInput,
): z.output<typeof ResendNotificationOutput> {
  requireRole(context.actor, { role: "on_call" });
  const { deliveryId } = parseInput(ResendNotificationInput, input, "the resend");
  return perform(context, (act) => {
    const delivery = findDelivery(act.tx, deliveryId);
    if (delivery === undefined || !delivery.target.startsWith("route:"))
      throw notFound("notification", String(deliveryId));
    if (delivery.deliveredAtMs !== null) {
      throw conflict(
        `notification ${deliveryId} arrived at ${toRfc3339(delivery.deliveredAtMs)}: there is nothing to resend`,
      );
    }
    writeAudit(act, {
      action: "notification.resent",
      target: `notification/${deliveryId}`,
      before: { attempts: delivery.attempts, lastError: delivery.lastError },
    });
    reviveDelivery(act.tx, { id: deliveryId, nowMs: context.nowMs });
    return { deliveryId };
  });
}
