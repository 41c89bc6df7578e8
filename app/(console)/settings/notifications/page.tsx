/** Notification routes and deliveries. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { pagedOptions } from "@/components/data/paging";
import { Prefetched } from "@/components/data/prefetched";
import { deliveriesInput, loadDeliveryParams } from "@/components/notifications/delivery-parsers";
import { NotificationsScreen } from "@/components/notifications/notifications-screen";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Notifications" };

interface PageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function NotificationsPage({ searchParams }: PageProps): Promise<ReactNode> {
  const input = deliveriesInput(loadDeliveryParams(await searchParams));
  return (
    <Prefetched
      caller={await api()}
      path="/settings/notifications"
      queries={(trpc) => [
        trpc.me.get.queryOptions({}),
        trpc.applications.list.queryOptions({}),
        trpc.notifications.routes.queryOptions({}),
      ]}
      lists={(trpc) => [pagedOptions((at) => trpc.notifications.deliveries.queryOptions({ ...input, ...at }))]}
    >
      <AddressState>
        <NotificationsScreen />
      </AddressState>
    </Prefetched>
  );
}
