"use client";
/** Finding requests: filters in the address, newest first, one row per answer. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { RequestFilters } from "./request-filters";
import { requestParsers, requestsInput } from "./request-parsers";
import { RequestTable } from "./request-table";

export function RequestsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(requestParsers, { history: "push" });
  const hasFilter = Object.values(params).some((value) => value !== null);
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.requests.list.queryOptions({ ...requestsInput(application, params), ...at })),
    placeholderData: keepPreviousData,
  });
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Requests</h1>
      <RequestFilters application={application} params={params} onParams={(change) => void setParams(change)} />
      <PagedList
        query={query}
        name="Requests"
        empty={<NoRequests hasFilter={hasFilter} onClear={() => void setParams(null)} />}
      >
        {(rows) => <RequestTable application={application} rows={rows} />}
      </PagedList>
    </div>
  );
}

function NoRequests(props: { hasFilter: boolean; onClear: () => void }): ReactNode {
  if (!props.hasFilter) {
    return (
      <EmptyState
        title="No request has arrived yet"
        command="curl $SWITCHBACK_URL/api/v1/requests -H 'Authorization: Bearer '$SWITCHBACK_TOKEN -H 'Content-Type: application/json' -d @requests.json"
      >
        Point a gateway’s OpenTelemetry exporter at this server, or post requests as JSON.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No request matches" actions={<Button onClick={props.onClear}>Clear the filters</Button>}>
      Nothing stored has all of these values. Requests older than the application’s retention are gone; the manifests of
      their releases are kept.
    </EmptyState>
  );
}
