/** All releases of the application. */
import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import type { ReactNode } from "react";
import { pagedOptions } from "@/components/data/paging";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { loadReleaseSearch, releasesInput } from "@/components/releases/release-parsers";
import { ReleasesScreen } from "@/components/releases/releases-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Releases" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function ReleasesPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const { q } = await loadReleaseSearch(searchParams);
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "releases")}
      lists={(trpc) => [
        pagedOptions((at) => trpc.releases.list.queryOptions({ ...releasesInput(application, q), ...at })),
      ]}
    >
      <AddressState>
        <ReleasesScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
