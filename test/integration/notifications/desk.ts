/** An installation that notifies: verbs, routes, and the delivery of the controller with a clock that the test holds. */
import { pino } from "pino";
import { putNotificationRoute, type PutNotificationRouteInput } from "@/server/control/put-notification-route";
import { createOutboxDelivery } from "@/server/controller/outbox-delivery";
import { createAddressGuard } from "@/server/integrations/notify/address-guard";
import { createFanOut } from "@/server/integrations/notify/fan-out";
import { createRouteDeliverer } from "@/server/integrations/notify/route-deliverer";
import { readDeliveries, readRoutes } from "@/server/read/notifications";
import { newWorld, person, T0, type World } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";

export const BASE_URL = "https://switchback.example";
export const WEBHOOK_SECRET = `whsec_${Buffer.from("an-example-key-of-thirty-two-byte").toString("base64")}`;

export const admin = person("admin", "ada");
export const onCall = person("on_call", "robin");

export interface Desk {
  world: World;
  clock: { nowMs: number };
  secrets: Map<string, string>;
  /** Adds a route and returns its id. */
  route: (given: PutNotificationRouteInput) => string;
  /** One tick: delivers what is due now. */
  tick: (atMs?: number) => Promise<void>;
  /** Ticks every `everyMs` until `toMs`. */
  run: (toMs: number, everyMs: number) => Promise<void>;
  deliveries: (filter?: {
    state?: "waiting" | "delivered" | "given_up";
    routeId?: string;
  }) => ReturnType<typeof readDeliveries>["items"];
  routes: () => ReturnType<typeof readRoutes>;
  /** Everything that was logged. */
  logged: () => string;
}

export function openDesk(settings: { timeoutMs?: number; allow?: string[] } = {}): Desk {
  const world = newWorld();
  world.release(1);
  const clock = { nowMs: T0 };
  const secrets = new Map<string, string>();
  let logged = "";
  const log = pino({ level: "debug" }, { write: (line: string) => (logged += line) });
  const secret = (reference: string): Promise<string> => {
    const value = secrets.get(reference);
    return value === undefined
      ? Promise.reject(new Error(`the secret ${reference} is not there`))
      : Promise.resolve(value);
  };
  const guard = createAddressGuard(settings.allow ?? ["127.0.0.0/8"]);
  const outbound = { guard, timeoutMs: settings.timeoutMs ?? 5_000 };
  const delivery = createOutboxDelivery({
    control: world.db,
    log,
    clock: () => clock.nowMs,
    deliverers: {
      notify: createFanOut(world.db),
      route: createRouteDeliverer({ control: world.db, baseUrl: BASE_URL, secret, outbound }),
    },
  });
  const tick = async (atMs = clock.nowMs): Promise<void> => {
    clock.nowMs = atMs;
    delivery.start(atMs);
    await delivery.settled();
    // What the fan-out queued is due at once as well.
    delivery.start(atMs);
    await delivery.settled();
  };
  const deps = () => ({ control: world.db, telemetry: new FakeTelemetry(), nowMs: clock.nowMs });
  return {
    world,
    clock,
    secrets,
    route: (given) => putNotificationRoute(world.as(admin, clock.nowMs), given).id,
    tick,
    run: async (toMs, everyMs) => {
      while (clock.nowMs < toMs) await tick(clock.nowMs + everyMs);
    },
    deliveries: (filter = {}) => readDeliveries(deps(), { ...filter, limit: 200 }).items,
    routes: () => readRoutes(deps()),
    logged: () => logged,
  };
}
