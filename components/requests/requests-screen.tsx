"use client";
/** Finding requests: a search and values with counts narrow the list; all of it is in the address. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { RequestFacets } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { usePermalink } from "@/components/shell/permalink";
import { Button } from "@/components/ui/button";
import { formatCount, formatShare } from "@/components/ui/format";
import { EmptyState } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { Facets, useRequestFacets } from "./request-facets";
import { RequestFilters } from "./request-filters";
import { requestParsers, requestsInput } from "./request-parsers";
import { RequestTable } from "./request-table";

export function RequestsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(requestParsers, { history: "push" });
  const hasFilter = Object.values(params).some((value) => value !== null);
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.requests.list.queryOptions({ ...requestsInput(application, params), ...at })),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  const counted = useRequestFacets(application, params);
  const facets = counted?.facets ?? [];
  usePermalink(counted === undefined ? {} : { from: counted.from, to: counted.to });
  const onParams = (change: Partial<typeof params> | null): void => void setParams(change);
  return (
    <div className="flex flex-col gap-4">
      <Head counted={counted} />
      <RequestFilters application={application} params={params} facets={facets} onParams={onParams} />
      <div className="grid items-start gap-4 lg:grid-cols-[11rem_minmax(0,1fr)]">
        <aside aria-label="Values" className="max-lg:hidden">
          <Facets facets={facets} params={params} onParams={onParams} />
        </aside>
        <details className="rounded-md border border-hairline lg:hidden">
          <summary className="min-h-11 px-3 py-2.5 font-medium">Narrow by release, track, segment</summary>
          <div className="border-t border-hairline p-2">
            <Facets facets={facets} params={params} onParams={onParams} />
          </div>
        </details>
        <div className="min-w-0">
          <PagedList
            query={query}
            name="Requests"
            hold={{ list: JSON.stringify(params), keyOf: ({ requestId }) => requestId }}
            empty={<NoRequests hasFilter={hasFilter} onClear={() => onParams(null)} />}
          >
            {(rows) => <RequestTable application={application} rows={rows} />}
          </PagedList>
        </div>
      </div>
    </div>
  );
}

function countOf({ facets }: RequestFacets, key: string, value: string): number {
  const facet = facets.find((each) => each.key === key && !each.isSegment);
  return facet?.values.find((each) => each.value === value)?.count ?? 0;
}

/** How many there are and how many failed, counted over the range of the list. */
function Head({ counted }: { counted: RequestFacets | undefined }): ReactNode {
  const failed = counted === undefined ? 0 : countOf(counted, "status", "error");
  return (
    <div>
      <h1 className="text-xl font-semibold">Requests</h1>
      {counted !== undefined && (
        <p className="text-md">
          {formatCount(counted.count)} requests from <Time at={counted.from} short /> to <Time at={counted.to} short />
          {counted.count > 0 && `; ${formatCount(failed)} failed (${formatShare(failed / counted.count)})`}.
        </p>
      )}
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
