/** What was committed to git, or could not be, after moves outside it. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { GitDrift } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { ExternalLink } from "@/components/ui/external-link";
import { formatCount } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { ShortId } from "@/components/ui/short-id";
import { Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { auditEntryPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";
import { WriteBackBadge } from "./drift-states";

type WriteBack = GitDrift["writeBacks"][number];

export function WriteBackTable({ drift }: { drift: GitDrift }): ReactNode {
  const { application, writeBacks } = drift;
  const columns: Column<WriteBack>[] = [
    { key: "alias", header: "Alias", lead: true, cell: (row) => row.alias },
    { key: "status", header: "State", cell: (row) => <WriteBackBadge status={row.status} /> },
    {
      key: "releases",
      header: "Releases",
      cell: (row) => (
        <span className="whitespace-nowrap">
          <ReleaseId application={application} releaseId={row.fromReleaseId} /> →{" "}
          <ReleaseId application={application} releaseId={row.toReleaseId} />
        </span>
      ),
    },
    { key: "at", header: "When", cell: (row) => <Time at={row.updatedAt} short relative /> },
    {
      key: "where",
      header: "Where",
      cell: (row) =>
        row.url !== null ? (
          <ExternalLink href={row.url}>request</ExternalLink>
        ) : row.commit !== null ? (
          <ShortId id={row.commit} label="commit" copy />
        ) : (
          <span className="text-muted">—</span>
        ),
    },
    {
      key: "message",
      header: "What",
      secondary: true,
      cell: (row) => <span className="text-muted">{row.message}</span>,
    },
    {
      key: "audit",
      header: "Audit",
      secondary: true,
      cell: (row) => (
        <Link href={auditEntryPath(application, row.auditSeq)} className="quiet-link">
          {row.auditSeq}
        </Link>
      ),
    },
  ];
  return (
    <Card title="Written back to git" flush>
      <Undelivered drift={drift} />
      {writeBacks.length === 0 ? (
        <p className="px-3 py-3 text-muted">Nothing had to be written so far.</p>
      ) : (
        <ScrollArea label="Write-backs, newest first">
          <Table
            caption="Write-backs, newest first"
            columns={columns}
            rows={writeBacks}
            rowKey={(row) => String(row.auditSeq)}
          />
        </ScrollArea>
      )}
    </Card>
  );
}

/** What git has not been told yet, or never will be. */
function Undelivered({ drift: { undelivered, givenUp } }: { drift: GitDrift }): ReactNode {
  return (
    <div className="flex flex-col gap-2 empty:hidden p-3">
      {undelivered !== null && (
        <Notice tone="review">
          {formatCount(undelivered.waiting)} change{undelivered.waiting === 1 ? "" : "s"} that git has not been told of,
          the oldest from <Time at={undelivered.oldestAt} short relative />
          {undelivered.error !== null && (
            <>
              ; attempt {undelivered.attempts} failed: {undelivered.error}. Next attempt{" "}
              <Time at={undelivered.nextAttemptAt} precision="second" short />
            </>
          )}
          .
        </Notice>
      )}
      {givenUp.map(({ outboxId, error, at }) => (
        <Notice key={outboxId} tone="breach">
          Given up <Time at={at} short relative />: {error}. Bring git to what runs by hand.
        </Notice>
      ))}
    </div>
  );
}
