/** Notifications: where they go, what became of them, a test, and another try. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { putNotificationRoute, PutNotificationRouteInput, StoredRoute } from "@/server/control/put-notification-route";
import {
  removeNotificationRoute,
  RemoveNotificationRouteInput,
  RemoveNotificationRouteOutput,
} from "@/server/control/remove-notification-route";
import {
  resendNotification,
  ResendNotificationInput,
  ResendNotificationOutput,
} from "@/server/control/resend-notification";
import { switchNotificationRoute, SwitchNotificationRouteInput } from "@/server/control/switch-notification-route";
import {
  testNotificationRoute,
  TestNotificationRouteInput,
  TestNotificationRouteOutput,
} from "@/server/control/test-notification-route";
import { closedObject, NoInput } from "@/server/domain/input";
import { DeliveryListView, RouteListView } from "@/server/read/notification-view";
import { readDeliveries, readRoutes } from "@/server/read/notifications";
import { pageInput } from "@/server/read/page";
import { DELIVERY_STATES } from "@/server/store/control/notifications";

const ADMIN = { role: "admin", scopes: [] } as const;
const ON_CALL = { role: "on_call", scopes: [] } as const;

export const notificationsRouter = createRouter({
  routes: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/notifications/routes",
      summary: "Notification routes and how they are doing",
    },
    input: NoInput,
    output: RouteListView,
  }).query(({ ctx }) => readRoutes(ctx)),

  put: procedure({
    access: ADMIN,
    rest: {
      method: "PUT",
      path: "/api/v1/notifications/routes",
      summary: "Add a notification route, or replace the one with `routeId`",
    },
    input: PutNotificationRouteInput,
    output: StoredRoute,
  }).mutation(({ ctx, input }) => ctx.write(putNotificationRoute, input)),

  remove: procedure({
    access: ADMIN,
    rest: { method: "DELETE", path: "/api/v1/notifications/routes/{routeId}", summary: "Take a route away" },
    input: RemoveNotificationRouteInput,
    output: RemoveNotificationRouteOutput,
  }).mutation(({ ctx, input }) => ctx.write(removeNotificationRoute, input)),

  switch: procedure({
    access: ADMIN,
    rest: {
      method: "PUT",
      path: "/api/v1/notifications/routes/{routeId}/enabled",
      summary: "Switch a route on or off",
    },
    input: SwitchNotificationRouteInput,
    output: StoredRoute,
  }).mutation(({ ctx, input }) => ctx.write(switchNotificationRoute, input)),

  test: procedure({
    access: ADMIN,
    rest: {
      method: "POST",
      path: "/api/v1/notifications/routes/{routeId}/test",
      summary: "Send a test through a route",
      status: 201,
    },
    input: TestNotificationRouteInput,
    output: TestNotificationRouteOutput,
  }).mutation(({ ctx, input }) => ctx.write(testNotificationRoute, input)),

  deliveries: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/notifications/deliveries",
      summary: "What went, goes or did not go out, newest first",
    },
    input: closedObject({
      ...pageInput,
      routeId: z.string().max(64).optional(),
      incidentId: z.string().max(64).optional(),
      state: z.enum(DELIVERY_STATES).optional(),
    }),
    output: DeliveryListView,
  }).query(({ ctx, input }) => readDeliveries(ctx, input)),

  resend: procedure({
    access: ON_CALL,
    rest: {
      method: "POST",
      path: "/api/v1/notifications/resend",
      summary: "Try a notification again that was given up or waits",
    },
    input: ResendNotificationInput,
    output: ResendNotificationOutput,
  }).mutation(({ ctx, input }) => ctx.write(resendNotification, input)),
});
