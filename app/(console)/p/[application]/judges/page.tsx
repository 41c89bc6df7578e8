/** Judges: how far each agrees with people, and whether it may drive a rollback. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { JudgesScreen } from "@/components/judges/judges-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Judges" };

export default async function JudgesPage({ params }: { params: Promise<{ application: string }> }): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "judges")}
      queries={(trpc) => [trpc.judges.list.queryOptions({ application })]}
    >
      <JudgesScreen application={application} />
    </Prefetched>
  );
}
