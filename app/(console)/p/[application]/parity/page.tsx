/** Whether features are computed alike offline and online, fresh, and like those evaluated. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { ParityScreen } from "@/components/features/parity-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Feature parity" };

export default async function ParityPage({ params }: { params: Promise<{ application: string }> }): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "parity")}
      queries={(trpc) => [trpc.features.list.queryOptions({ application })]}
    >
      <ParityScreen application={application} />
    </Prefetched>
  );
}
