/** Opening an incident, with what somebody saw: a request or a chart named in the address. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { incidentAbout } from "@/components/incidents/about-parsers";
import { NewIncidentScreen } from "@/components/incidents/new-incident-screen";
import { newIncidentPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Open an incident" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function NewIncidentPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const query = await searchParams;
  const given = Object.entries(query).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : []));
  return (
    <Prefetched
      caller={await api()}
      path={newIncidentPath(application, Object.fromEntries(given))}
      queries={(trpc) => [trpc.incidents.list.queryOptions({ application, limit: 20 })]}
    >
      <NewIncidentScreen application={application} about={incidentAbout(query)} />
    </Prefetched>
  );
}
