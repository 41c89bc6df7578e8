/** Sends a test through a route, by the same way as everything else: what it shows is what will happen. */
import { z } from "zod";
import { conflict } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import type { NotificationEvent } from "@/server/domain/notification/event";
import { TEST_KIND } from "@/server/domain/notification/kinds";
import { routeTarget } from "@/server/store/control/notifications";
import { enqueue } from "@/server/store/control/outbox";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { notificationTarget, requireRoute } from "./put-notification-route";
import { requireRole } from "./require-role";

export const TestNotificationRouteInput = closedObject({ routeId: z.string() });
export type TestNotificationRouteInput = z.input<typeof TestNotificationRouteInput>;

export const TestNotificationRouteOutput = z.object({
  /** What became of it is in the list of deliveries. */
  deliveryId: z.number().int(),
});

/** @throws DomainError `not_found`; `conflict` for a route that is switched off. */
export function testNotificationRoute(
  context: ControlContext,
  input: TestNotificationRouteInput,
): z.output<typeof TestNotificationRouteOutput> {
  requireRole(context.actor, { role: "admin" });
  const { routeId } = parseInput(TestNotificationRouteInput, input, "the test");
  return perform(context, (act) => {
    const route = requireRoute(act.tx, routeId);
    if (!route.enabled) throw conflict(`route ${route.name} is switched off: switch it on to test it`);
    const { actor, nowMs } = context;
    writeAudit(act, { action: "notification_route.tested", target: notificationTarget(routeId) });
    const payload: NotificationEvent = {
      kind: TEST_KIND,
      application: route.application ?? "every application",
      atMs: nowMs,
      sentence: `This is a test of the route ${route.name}, sent by ${actor.name}. Nothing has happened.`,
      severity: "minor",
      actor: { kind: actor.kind, id: actor.id, name: actor.name },
      path: "/settings/notifications",
      actions: [],
    };
    return { deliveryId: enqueue(act.tx, { target: routeTarget(routeId), kind: TEST_KIND, payload, nowMs }) };
  });
}
