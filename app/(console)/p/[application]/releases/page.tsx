/** All releases of the application. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { pagedOptions } from "@/components/data/paging";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { ReleasesScreen } from "@/components/releases/releases-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Releases" };

export default async function ReleasesPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "releases")}
      lists={(trpc) => [pagedOptions((at) => trpc.releases.list.queryOptions({ application, limit: 100, ...at }))]}
    >
      <AddressState>
        <ReleasesScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
