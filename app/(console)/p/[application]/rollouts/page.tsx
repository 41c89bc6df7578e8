/** All rollouts of the application. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { pagedOptions } from "@/components/data/paging";
import { Prefetched } from "@/components/data/prefetched";
import { RolloutsScreen } from "@/components/rollouts/rollouts-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Rollouts" };

export default async function RolloutsPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "rollouts")}
      lists={(trpc) => [pagedOptions((at) => trpc.rollouts.list.queryOptions({ application, limit: 50, ...at }))]}
    >
      <RolloutsScreen application={application} />
    </Prefetched>
  );
}
