/** Notification routes, and the rows of the outbox that are theirs. */
import { and, asc, desc, eq, isNotNull, isNull, lt, max, min, count, sql } from "drizzle-orm";
import { outbox } from "@/db/control/schema/delivery";
import { notificationRoutes } from "@/db/control/schema/notification";
import { numberCursor } from "@/server/store/cursor";
import type { ControlReader, ControlTx, Page } from "./database";
import { pageOf } from "./database";
import type { OutboxRow } from "./outbox";

export type NotificationRouteRow = typeof notificationRoutes.$inferSelect;

/** The target of a route's rows. */
export function routeTarget(routeId: string): `route:${string}` {
  return `route:${routeId}`;
}

export function findRoute(db: ControlReader, id: string): NotificationRouteRow | undefined {
  return db.select().from(notificationRoutes).where(eq(notificationRoutes.id, id)).get();
}

/** By name. */
export function listRoutes(db: ControlReader): NotificationRouteRow[] {
  return db.select().from(notificationRoutes).orderBy(asc(notificationRoutes.name), asc(notificationRoutes.id)).all();
}

/** Adds the route, or replaces the one with its id. */
export function writeRoute(tx: ControlTx, row: NotificationRouteRow): void {
  const { id: _, createdAtMs: __, ...change } = row;
  tx.insert(notificationRoutes).values(row).onConflictDoUpdate({ target: notificationRoutes.id, set: change }).run();
}

export function deleteRoute(tx: ControlTx, id: string): void {
  tx.delete(notificationRoutes).where(eq(notificationRoutes.id, id)).run();
}

/** `waiting`: will be tried; `given_up`: a person must look. */
export const DELIVERY_STATES = ["waiting", "delivered", "given_up"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

const isState: Readonly<Record<DeliveryState, ReturnType<typeof and>>> = {
  waiting: and(isNull(outbox.deliveredAtMs), isNull(outbox.gaveUpAtMs)),
  delivered: isNotNull(outbox.deliveredAtMs),
  given_up: isNotNull(outbox.gaveUpAtMs),
};

/** What went, goes or did not go to routes, newest first. The cursor is the last shown row's id. */
export function listDeliveries(
  db: ControlReader,
  filter: {
    routeId?: string | undefined;
    incidentId?: string | undefined;
    state?: DeliveryState | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Page<OutboxRow> {
  const { routeId, incidentId, state, limit, cursor } = filter;
  const rows = db
    .select()
    .from(outbox)
    .where(
      and(
        // `;` follows `:`, so this is every target of a route.
        routeId === undefined
          ? and(sql`${outbox.target} >= 'route:'`, sql`${outbox.target} < 'route;'`)
          : eq(outbox.target, routeTarget(routeId)),
        incidentId === undefined ? undefined : sql`json_extract(${outbox.payload}, '$.incidentId') = ${incidentId}`,
        state === undefined ? undefined : isState[state],
        cursor === undefined ? undefined : lt(outbox.id, numberCursor(cursor)),
      ),
    )
    .orderBy(desc(outbox.id))
    .limit(limit + 1)
    .all();
  return pageOf(rows, { limit, keyOf: (row) => String(row.id) });
}

/** How a route is doing, from its rows. */
export interface RouteHealth {
  readonly waiting: number;
  readonly givenUp: number;
  readonly lastDeliveredAtMs: number | null;
  /** Since when the oldest waits, and why it failed last. */
  readonly oldestAtMs: number | null;
  readonly lastError: string | null;
}

export function routeHealth(db: ControlReader, routeId: string): RouteHealth {
  const target = routeTarget(routeId);
  const countOf = (state: DeliveryState): number =>
    db
      .select({ n: count() })
      .from(outbox)
      .where(and(eq(outbox.target, target), isState[state]))
      .get()?.n ?? 0;
  const times = db
    .select({ delivered: max(outbox.deliveredAtMs) })
    .from(outbox)
    .where(eq(outbox.target, target))
    .get();
  const head = db
    .select({ createdAtMs: outbox.createdAtMs, lastError: outbox.lastError })
    .from(outbox)
    .where(and(eq(outbox.target, target), isState.waiting))
    .orderBy(asc(outbox.id))
    .limit(1)
    .get();
  return {
    waiting: countOf("waiting"),
    givenUp: countOf("given_up"),
    lastDeliveredAtMs: times?.delivered ?? null,
    oldestAtMs: head?.createdAtMs ?? null,
    lastError: head?.lastError ?? null,
  };
}

/** When the first notification of an incident reached anybody; undefined when none has. */
export function firstDelivery(db: ControlReader, incidentId: string): number | undefined {
  const row = db
    .select({ first: min(outbox.deliveredAtMs) })
    .from(outbox)
    .where(
      and(
        sql`${outbox.target} >= 'route:'`,
        sql`${outbox.target} < 'route;'`,
        sql`json_extract(${outbox.payload}, '$.incidentId') = ${incidentId}`,
      ),
    )
    .get();
  return row?.first ?? undefined;
}

export function findDelivery(db: ControlReader, id: number): OutboxRow | undefined {
  return db.select().from(outbox).where(eq(outbox.id, id)).get();
}

/** Due at once again, as if it had never failed; what it failed with stays readable. */
export function reviveDelivery(tx: ControlTx, { id, nowMs }: { id: number; nowMs: number }): void {
  tx.update(outbox).set({ gaveUpAtMs: null, attempts: 0, nextAttemptAtMs: nowMs }).where(eq(outbox.id, id)).run();
}
