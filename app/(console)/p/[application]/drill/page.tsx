/** Rehearsals of the rollback. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { DrillScreen } from "@/components/rehearsal/drill-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Rehearsals" };

export default async function DrillPage({ params }: { params: Promise<{ application: string }> }): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "drill")}
      queries={(trpc) => [trpc.rehearsals.list.queryOptions({ application })]}
    >
      <DrillScreen application={application} />
    </Prefetched>
  );
}
