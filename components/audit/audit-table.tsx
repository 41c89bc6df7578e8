/** Audit entries as rows; the whole of an entry is on its own page. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { AuditEntry } from "@/components/data/outputs";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { auditEntryPath } from "@/components/vocabulary/paths";

/**
 * `releaseId 3a6d3e6d5f → 78a2dfbe5f, policy.alpha 0.01 → 0.05`: the members that differ, wherever they stand, each cut to
 * its beginning.
 */
export function changeWords(before: unknown, after: unknown): string {
  const left = Object.fromEntries(leavesOf(before));
  const right = Object.fromEntries(leavesOf(after));
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys
    .filter((key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]))
    .map((key) => {
      const was = left[key] === undefined ? "" : `${shortText(left[key])} → `;
      return `${key} ${was}${right[key] === undefined ? "none" : shortText(right[key])}`;
    })
    .join(", ");
}

/** The values of nested members by their path; a list is one value. */
function leavesOf(value: unknown, path = ""): [path: string, value: unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return path === "" ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, path === "" ? key : `${path}.${key}`));
}

const LONGEST = 28;

function shortText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The target as seen from an application's page: its own prefix left out, long ids cut. */
export function targetWords(target: string, application: string): string {
  const prefix = `application/${application}/`;
  const own = target.startsWith(prefix) ? target.slice(prefix.length) : target;
  return own.replaceAll(/\b((?:rol|inc|tok|usr)_[0-9A-Za-z]{6})[0-9A-Za-z]+/g, "$1…");
}

function Actor({ row }: { row: AuditEntry }): ReactNode {
  const role = row.actor.role?.replaceAll("_", " ") ?? row.actor.kind;
  return (
    <span className="block max-w-48 truncate" title={`${row.actor.name}, ${role}`}>
      {row.actor.name}
      {row.actor.kind === "token" && <span className="text-sm text-muted"> token</span>}
    </span>
  );
}

function Why({ row }: { row: AuditEntry }): ReactNode {
  const change = changeWords(row.before, row.after);
  return (
    <span className="block min-w-0">
      {row.reason !== undefined && <span className="line-clamp-2">{row.reason}</span>}
      {change !== "" && <span className="line-clamp-1 text-sm break-all text-muted">{change}</span>}
    </span>
  );
}

export function AuditTable(props: { application: string; rows: readonly AuditEntry[] }): ReactNode {
  const columns: Column<AuditEntry>[] = [
    {
      key: "seq",
      header: "#",
      lead: true,
      cell: (row) => (
        <Link href={auditEntryPath(props.application, row.seq)} data-row-link="" className="quiet-link font-mono">
          #{row.seq}
        </Link>
      ),
    },
    {
      key: "at",
      header: "When",
      cell: (row) => <Time at={row.at} precision="second" short className="whitespace-nowrap" />,
    },
    {
      key: "actor",
      header: "Who",
      cell: (row) => <Actor row={row} />,
    },
    { key: "action", header: "Action", cell: (row) => <code className="text-sm">{row.action}</code> },
    {
      key: "target",
      header: "Target",
      cell: (row) => (
        <span className="break-words" title={row.target}>
          {targetWords(row.target, props.application)}
        </span>
      ),
    },
    { key: "why", header: "Reason and change", className: "sm:w-[40%]", cell: (row) => <Why row={row} /> },
    {
      key: "hash",
      header: "Hash",
      secondary: true,
      cell: (row) => (
        <code className="text-sm text-muted" title={row.hash}>
          {row.hash.slice(0, 8)}
        </code>
      ),
    },
  ];
  return (
    <ScrollArea label="Audit entries, newest first" className="rounded-md border border-hairline">
      <Table
        caption="Audit entries, newest first"
        columns={columns}
        rows={props.rows}
        rowKey={(row) => String(row.seq)}
      />
    </ScrollArea>
  );
}
