/** Notification routes and what became of what went through them, as answers show it. */
import { z } from "zod";
import { StoredRoute } from "@/server/control/put-notification-route";
import { Time } from "@/server/domain/time";
import { INCIDENT_SEVERITIES } from "@/server/domain/vocabulary";
import { DELIVERY_STATES } from "@/server/store/control/notifications";

export const RouteView = StoredRoute.extend({
  health: z.object({
    /** `failing`: the oldest waits because it failed; `off`: switched off; `idle`: nothing was ever sent. */
    state: z.enum(["ok", "failing", "off", "idle"]),
    waiting: z.number().int(),
    /** Given up: somebody must look. */
    givenUp: z.number().int(),
    lastDeliveredAt: Time.nullable(),
    /** Since when the oldest waits; null when none does. */
    waitingSince: Time.nullable(),
    lastError: z.string().nullable(),
  }),
  /** One sentence for the page. */
  sentence: z.string(),
});
export type RouteView = z.input<typeof RouteView>;

export const RouteListView = z.object({ items: z.array(RouteView), sentence: z.string() });
export type RouteListView = z.input<typeof RouteListView>;

export const DeliveryView = z.object({
  id: z.number().int(),
  routeId: z.string(),
  /** Null for a route that was removed. */
  routeName: z.string().nullable(),
  kind: z.string(),
  sentence: z.string(),
  severity: z.enum(INCIDENT_SEVERITIES).nullable(),
  incidentId: z.string().nullable(),
  state: z.enum(DELIVERY_STATES),
  createdAt: Time,
  attempts: z.number().int(),
  /** Null unless it waits. */
  nextAttemptAt: Time.nullable(),
  deliveredAt: Time.nullable(),
  gaveUpAt: Time.nullable(),
  lastError: z.string().nullable(),
});
export type DeliveryView = z.input<typeof DeliveryView>;

export const DeliveryListView = z.object({ items: z.array(DeliveryView), nextCursor: z.string().optional() });
export type DeliveryListView = z.input<typeof DeliveryListView>;
