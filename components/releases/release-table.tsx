/** Releases as dense rows: only what changed against the one before, where it stands, what it serves. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { ReleaseListItem } from "@/components/data/outputs";
import { formatCount } from "@/components/ui/format";
import { CopyButton } from "@/components/ui/copy-button";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { releasePath } from "@/components/vocabulary/paths";
import { ChangeChips } from "@/components/vocabulary/release";
import { ReleaseStateBadge } from "@/components/vocabulary/states";

interface ReleaseTableProps {
  application: string;
  rows: readonly ReleaseListItem[];
  /** Up to two, to compare. */
  chosen: readonly string[];
  onToggle: (releaseId: string) => void;
}

function Id({ application, item }: { application: string; item: ReleaseListItem }): ReactNode {
  const { releaseId, label } = item.release;
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2">
      <span className="inline-flex items-center">
        <Link
          href={releasePath(application, releaseId)}
          data-row-link=""
          className="quiet-link font-mono"
          title={releaseId}
        >
          {releaseId.slice(0, SHORT_ID_LENGTH)}
        </Link>
        <CopyButton text={releaseId} label="release id" />
      </span>
      {label !== null && <span className="text-muted">{label}</span>}
    </span>
  );
}

/** Who made it, from what, when. */
const PROVENANCE: readonly Column<ReleaseListItem>[] = [
  {
    key: "author",
    header: "Author",
    secondary: true,
    cell: ({ release }) => release.author ?? <span className="text-muted">—</span>,
  },
  {
    key: "commit",
    header: "Commit",
    secondary: true,
    cell: ({ release }) =>
      release.gitCommit === null ? (
        <span className="text-muted">—</span>
      ) : (
        <code>{release.gitCommit.slice(0, SHORT_ID_LENGTH)}</code>
      ),
  },
  {
    key: "registered",
    header: "Registered",
    className: "sm:whitespace-nowrap",
    cell: (item) => (
      <>
        {item.release.registeredAt !== null && <Time at={item.release.registeredAt} short relative />}
        {item.registrations > 1 && <span className="text-muted"> · {item.registrations}×</span>}
      </>
    ),
  },
];

export function ReleaseTable({ application, rows, chosen, onToggle }: ReleaseTableProps): ReactNode {
  const columns: Column<ReleaseListItem>[] = [
    {
      key: "choose",
      header: "Compare",
      secondary: true,
      cell: ({ release }) => (
        <input
          type="checkbox"
          className="size-4 align-middle"
          aria-label={`Choose ${release.releaseId.slice(0, SHORT_ID_LENGTH)} to compare`}
          checked={chosen.includes(release.releaseId)}
          onChange={() => onToggle(release.releaseId)}
        />
      ),
    },
    { key: "id", header: "Release", lead: true, cell: (item) => <Id application={application} item={item} /> },
    {
      key: "changes",
      header: "Changed",
      cell: (item) => <ChangeChips changes={item.changes} none="first release" />,
    },
    {
      key: "state",
      header: "State",
      cell: (item) => <ReleaseStateBadge state={item.state} aliases={item.aliases} />,
    },
    {
      key: "requests",
      header: "Requests, 24 h",
      align: "right",
      sortBy: (item) => item.requests24h,
      cell: (item) => formatCount(item.requests24h),
    },
    ...PROVENANCE,
  ];
  return (
    <ScrollArea label="Releases, newest first" className="rounded-md border border-hairline">
      <Table caption="Releases, newest first" columns={columns} rows={rows} rowKey={(item) => item.release.releaseId} />
    </ScrollArea>
  );
}
