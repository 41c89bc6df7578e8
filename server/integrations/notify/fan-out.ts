/** Turns one effect into a row per route that wants it, so that a receiver that is down holds up nobody else's. */
import { ZodError } from "zod";
import type { Deliverer } from "@/server/controller/outbox-delivery";
import { isWanted } from "@/server/domain/notification/kinds";
import { withTransaction, type ControlDatabase } from "@/server/store/control/database";
import { listRoutes, routeTarget } from "@/server/store/control/notifications";
import { enqueue, markDelivered } from "@/server/store/control/outbox";
import { eventOf } from "./event-of";

/** The deliverer of `notify:` targets. */
export function createFanOut(control: ControlDatabase): Deliverer {
  return {
    deliver: (effect, { nowMs }) => {
      withTransaction(control, (tx) => {
        const event = eventOf(tx, effect);
        const wanting = event === undefined ? [] : listRoutes(tx).filter((route) => isWanted(route, event));
        for (const route of wanting) {
          enqueue(tx, { target: routeTarget(route.id), kind: effect.kind, payload: event, nowMs });
        }
        // In the same transaction: an effect that was fanned out is never fanned out again.
        markDelivered(tx, { id: effect.id, nowMs });
      });
      return Promise.resolve();
    },
    // Nothing outside is needed: only a database that is busy or full can be in the way, or a payload of another version.
    retryAfterMs: ({ error }) => (error instanceof ZodError ? "give_up" : 5_000),
  };
}
