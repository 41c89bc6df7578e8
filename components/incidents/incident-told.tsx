"use client";
/** Who was told of the incident, and whom it did not reach: a delivery that fails is a fact of the incident. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { NotificationDelivery } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";

const SHOWN = 20;

export function IncidentTold({ incidentId }: { incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({
    ...trpc.notifications.deliveries.queryOptions({ incidentId, limit: SHOWN }),
    ...useLiveQuery(),
  });
  return (
    <Card
      title="Who was told"
      actions={
        <Link href={`/settings/notifications?incidentId=${encodeURIComponent(incidentId)}`} className="quiet-link">
          Deliveries
        </Link>
      }
      flush
    >
      <QueryState query={query} name="Deliveries">
        {({ items }) =>
          items.length === 0 ? (
            <p className="px-3 py-3 text-muted">Nobody: no route wanted any of it.</p>
          ) : (
            <ul className="divide-y divide-hairline">
              {items.map((delivery) => (
                <Delivery key={delivery.id} delivery={delivery} />
              ))}
            </ul>
          )
        }
      </QueryState>
    </Card>
  );
}

const STATES: Readonly<Record<NotificationDelivery["state"], { status: Status; word: string; className: string }>> = {
  delivered: { status: "pass", word: "told", className: "text-muted" },
  waiting: { status: "running", word: "on its way to", className: "text-info" },
  given_up: { status: "breach", word: "given up on", className: "text-breach" },
};

function Delivery({ delivery }: { delivery: NotificationDelivery }): ReactNode {
  const { routeName, kind, state, deliveredAt, createdAt, lastError } = delivery;
  const { status, word, className } = STATES[state];
  return (
    <li className="flex gap-2 px-3 py-2">
      <StatusGlyph status={status} className={`mt-1.25 ${className}`} />
      <div className="min-w-0">
        <p>
          {word} {routeName ?? "a route that was removed"}{" "}
          <span className="text-muted">
            <code>{kind}</code>, <Time at={deliveredAt ?? createdAt} precision="second" short />
          </span>
        </p>
        {lastError !== null && <p className="text-sm break-words text-breach-fg">{lastError}</p>}
      </div>
    </li>
  );
}
