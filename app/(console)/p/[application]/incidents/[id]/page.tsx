/** One incident. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { IncidentScreen } from "@/components/incidents/incident-screen";
import { incidentPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Incident" };

interface PageProps {
  params: Promise<{ application: string; id: string }>;
}

export default async function IncidentPage({ params }: PageProps): Promise<ReactNode> {
  const { application, id } = await params;
  const incidentId = decodeURIComponent(id);
  return (
    <Prefetched
      caller={await api()}
      path={incidentPath(application, incidentId)}
      queries={(trpc) => [
        trpc.incidents.get.queryOptions({ incidentId }),
        trpc.incidents.impact.queryOptions({ incidentId }),
        trpc.incidents.blame.queryOptions({ incidentId }),
      ]}
    >
      <IncidentScreen incidentId={incidentId} />
    </Prefetched>
  );
}
