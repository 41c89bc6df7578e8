/** Requests: the list with its filters from the address. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { pagedOptions } from "@/components/data/paging";
import { facetsInput, loadRequestParams, requestsInput } from "@/components/requests/request-parsers";
import { RequestsScreen } from "@/components/requests/requests-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Requests" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function RequestsPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const filters = loadRequestParams(await searchParams);
  const input = requestsInput(application, filters);
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "requests")}
      queries={(trpc) => [trpc.requests.facets.queryOptions(facetsInput(application, filters))]}
      lists={(trpc) => [pagedOptions((at) => trpc.requests.list.queryOptions({ ...input, ...at }))]}
    >
      <AddressState>
        <RequestsScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
