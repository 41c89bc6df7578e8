"use client";
/** All incidents of an application, the newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { IncidentSummary } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { ButtonLink } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { incidentPath, newIncidentPath, postmortemPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";
import { IncidentStatusBadge } from "@/components/vocabulary/states";
import { clockWords } from "./incident-clocks";
import { OpenActions } from "./open-actions";

const PAGE_ROWS = 50;

export function IncidentsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.incidents.list.queryOptions({ application, limit: PAGE_ROWS, ...at })),
    ...useLiveQuery(),
  });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold">Incidents</h1>
        <ButtonLink href={newIncidentPath(application, {})} className="ml-auto">
          Open an incident…
        </ButtonLink>
      </div>
      {query.data?.pages[0] !== undefined && <p className="text-md">{query.data.pages[0].sentence}</p>}
      <PagedList
        query={query}
        name="Incidents"
        hold={{ list: "incidents", keyOf: ({ id }) => id }}
        empty={
          <EmptyState title="No incident so far">
            One opens by itself when a policy rolls back, when an alert arrives, or when a person rolls back or opens
            one.
          </EmptyState>
        }
      >
        {(rows) => <IncidentTable rows={rows} />}
      </PagedList>
      <OpenActions application={application} />
    </div>
  );
}

function IncidentTable({ rows }: { rows: readonly IncidentSummary[] }): ReactNode {
  const columns: Column<IncidentSummary>[] = [
    {
      key: "title",
      header: "Incident",
      lead: true,
      cell: (row) => (
        <Link href={incidentPath(row.application, row.id)} data-row-link="" className="quiet-link">
          {row.title}
        </Link>
      ),
    },
    { key: "status", header: "Status", cell: (row) => <IncidentStatusBadge status={row.status} quiet /> },
    { key: "severity", header: "Severity", cell: (row) => row.severity },
    { key: "alias", header: "Alias", cell: (row) => row.alias ?? <span className="text-muted">—</span> },
    {
      key: "release",
      header: "Release",
      cell: (row) =>
        row.release === null ? (
          <span className="text-muted">—</span>
        ) : (
          <ReleaseId application={row.application} releaseId={row.release.releaseId} />
        ),
    },
    { key: "detected", header: "Detected", cell: (row) => <Time at={row.detectedAt} short relative /> },
    {
      key: "lasted",
      header: "Clocks",
      secondary: true,
      cell: (row) => <span className="text-muted">{clockWords(row)}</span>,
    },
    {
      key: "commander",
      header: "Leads",
      secondary: true,
      cell: (row) => row.commander ?? <span className="text-muted">nobody</span>,
    },
    {
      key: "postmortem",
      header: "Postmortem",
      secondary: true,
      cell: (row) => (
        <Link href={postmortemPath(row.application, row.id)} className="quiet-link">
          {row.postmortem == null ? "generated draft" : row.postmortem.status.replaceAll("_", " ")}
        </Link>
      ),
    },
    { key: "cause", header: "Opened by", secondary: true, cell: (row) => row.openedBy.label },
  ];
  return (
    <ScrollArea label="Incidents, newest first" className="rounded-md border border-hairline">
      <Table caption="Incidents, newest first" columns={columns} rows={rows} rowKey={(row) => row.id} />
    </ScrollArea>
  );
}
