/** All incidents of the application. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { pagedOptions } from "@/components/data/paging";
import { Prefetched } from "@/components/data/prefetched";
import { IncidentsScreen } from "@/components/incidents/incidents-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Incidents" };

export default async function IncidentsPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "incidents")}
      queries={(trpc) => [trpc.postmortems.actions.queryOptions({ application })]}
      lists={(trpc) => [pagedOptions((at) => trpc.incidents.list.queryOptions({ application, limit: 50, ...at }))]}
    >
      <IncidentsScreen application={application} />
    </Prefetched>
  );
}
