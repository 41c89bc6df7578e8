/** Requests as rows: when, which, by which release on which track, and how it went. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { RequestItem } from "@/components/data/outputs";
import { formatValue, NOT_APPLICABLE } from "@/components/ui/format";
import { StatusBadge } from "@/components/ui/status-badge";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { requestPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";

/** What went wrong with a request, in words; empty when nothing did. */
export function troublesOf(request: RequestItem): string[] {
  return [
    request.status === "error" ? (request.errorType ?? "error") : "",
    request.taskCompleted === false ? "task not completed" : "",
    request.toxic === true ? "toxic" : "",
    request.policyViolation === true ? "policy violation" : "",
    request.refused === true ? "refused" : "",
  ].filter((trouble) => trouble !== "");
}

export function Outcome({ request }: { request: RequestItem }): ReactNode {
  const troubles = troublesOf(request);
  if (troubles.length === 0) {
    return (
      <StatusBadge status="pass" quiet>
        ok
      </StatusBadge>
    );
  }
  return <StatusBadge status={request.status === "error" ? "breach" : "review"}>{troubles.join(", ")}</StatusBadge>;
}

function optional(value: number | null, unit: string): ReactNode {
  return value === null ? <span className="text-muted">{NOT_APPLICABLE}</span> : formatValue(value, unit);
}

function totalTokens(request: RequestItem): number | null {
  if (request.inputTokens === null && request.outputTokens === null) return null;
  return (request.inputTokens ?? 0) + (request.outputTokens ?? 0);
}

/** Columns that are left out where no row has a value, by what having one means. */
const OPTIONAL: ReadonlyMap<string, (row: RequestItem) => boolean> = new Map([
  ["region", (row: RequestItem) => row.region !== null],
  ["tenant", (row: RequestItem) => row.tenant !== null],
  ["cost", (row: RequestItem) => row.costUsd !== null],
]);

/** How it went in numbers; the list is sorted by them on demand. */
const FIGURES: readonly Column<RequestItem>[] = [
  {
    key: "ttft",
    header: "First token",
    align: "right",
    sortBy: (row) => row.ttftMs,
    cell: (row) => optional(row.ttftMs, "ms"),
  },
  {
    key: "duration",
    header: "Duration",
    align: "right",
    secondary: true,
    sortBy: (row) => row.durationMs,
    cell: (row) => optional(row.durationMs, "ms"),
  },
  {
    key: "tokens",
    header: "Tokens",
    align: "right",
    secondary: true,
    sortBy: totalTokens,
    cell: (row) => optional(totalTokens(row), "tokens"),
  },
  {
    key: "cost",
    header: "Cost",
    align: "right",
    secondary: true,
    sortBy: (row) => row.costUsd,
    cell: (row) => optional(row.costUsd, "usd_total"),
  },
];

export function RequestTable(props: { application: string; rows: readonly RequestItem[] }): ReactNode {
  const { application, rows } = props;
  const columns: Column<RequestItem>[] = [
    {
      key: "time",
      header: "Time",
      lead: true,
      cell: (row) => (
        <Link href={requestPath(application, row.requestId)} data-row-link="" className="quiet-link whitespace-nowrap">
          <Time at={row.time} precision="second" short />
        </Link>
      ),
    },
    {
      key: "id",
      header: "Request",
      cell: (row) => (
        <code className="inline-block max-w-44 truncate align-bottom" title={row.requestId}>
          {row.requestId}
        </code>
      ),
    },
    {
      key: "release",
      header: "Release",
      cell: (row) =>
        row.releaseId === null ? (
          <span className="text-review-fg">unknown</span>
        ) : (
          <ReleaseId application={application} releaseId={row.releaseId} />
        ),
    },
    { key: "track", header: "Track", cell: (row) => row.track },
    {
      key: "region",
      header: "Region",
      className: "whitespace-nowrap",
      cell: (row) => row.region ?? <span className="text-muted">—</span>,
    },
    {
      key: "tenant",
      header: "Tenant",
      secondary: true,
      cell: (row) => row.tenant ?? <span className="text-muted">—</span>,
    },
    ...FIGURES,
    { key: "outcome", header: "Outcome", cell: (row) => <Outcome request={row} /> },
  ];
  return (
    <ScrollArea label="Requests, newest first" className="rounded-md border border-hairline">
      <Table
        caption="Requests, newest first"
        columns={columns.filter(({ key }) => !OPTIONAL.has(key) || rows.some(OPTIONAL.get(key) ?? Boolean))}
        rows={rows}
        rowKey={(row) => row.requestId}
      />
    </ScrollArea>
  );
}
