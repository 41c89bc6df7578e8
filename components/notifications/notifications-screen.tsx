"use client";
/** Who is told of what, and whether it arrives: routes with their health, a test, and every delivery. */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { DeliveriesCard } from "./deliveries-card";
import { RouteCard } from "./route-card";
import { draftOf, newDraft, type RouteDraft } from "./route-draft";
import { RouteForm } from "./route-form";

/** What waits is tried again by itself: the page looks that often, ms. */
const POLL_MS = 5_000;

export function NotificationsScreen(): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const [draft, setDraft] = useState<RouteDraft | null>(null);
  const query = useQuery({ ...trpc.notifications.routes.queryOptions({}), refetchInterval: POLL_MS });
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Notifications</h1>
      <QueryState query={query} name="Notification routes">
        {({ items, sentence }) => (
          <>
            <div className="flex flex-wrap items-center gap-3">
              <p className="text-md">{sentence}</p>
              <Button
                kind="primary"
                className="ml-auto"
                disabledReason={roleReason(me, "admin")}
                onClick={() => setDraft(newDraft("slack"))}
              >
                Add a route
              </Button>
            </div>
            {draft !== null && (
              <RouteForm key={draft.routeId ?? "new"} draft={draft} onDraft={setDraft} onDone={() => setDraft(null)} />
            )}
            {items.length === 0 && draft === null && (
              <EmptyState title="No route yet">
                A route says who is told of what: an application or all, from which severity on, which kinds, and where
                to: Slack, PagerDuty, Microsoft Teams, e-mail or a signed webhook.
              </EmptyState>
            )}
            {items.map((route) => (
              <RouteCard key={route.id} route={route} onEdit={() => setDraft(draftOf(route))} />
            ))}
            <DeliveriesCard routes={items} />
          </>
        )}
      </QueryState>
    </div>
  );
}
