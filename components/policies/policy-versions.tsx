"use client";
/** Every version of a policy with its state, and what people did with them. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { PolicyDetail } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { auditEntryPath, policyVersionPath } from "@/components/vocabulary/paths";

type Version = PolicyDetail["versions"][number];
type Change = PolicyDetail["history"][number];

const STATES: Readonly<Record<Version["state"], { status: Status; word: string }>> = {
  in_force: { status: "pass", word: "In force" },
  pending: { status: "review", word: "Waits for an approval" },
  rejected: { status: "neutral", word: "Rejected" },
  replaced: { status: "neutral", word: "Replaced" },
};

const CHANGES: Readonly<Record<Change["kind"], string>> = {
  in_force: "put in force",
  proposed: "proposed: it loosens a rollback rule",
  approved: "approved, in force",
  rejected: "rejected",
};

export function PolicyVersions({ application, policy }: { application: string; policy: PolicyDetail }): ReactNode {
  const columns: Column<Version>[] = [
    {
      key: "version",
      header: "Version",
      lead: true,
      cell: ({ version }) => (
        <Link
          href={policyVersionPath(application, { name: policy.name, version })}
          data-row-link=""
          aria-current={version === policy.version ? "page" : undefined}
          className="quiet-link font-medium"
        >
          Version {version}
        </Link>
      ),
    },
    {
      key: "state",
      header: "State",
      cell: ({ state }) => (
        <StatusBadge status={STATES[state].status} quiet>
          {STATES[state].word}
        </StatusBadge>
      ),
    },
    { key: "rollouts", header: "Rollouts", align: "right", cell: ({ rollouts }) => rollouts },
    { key: "at", header: "Written", cell: ({ createdAt }) => <Time at={createdAt} short relative /> },
    { key: "by", header: "By", cell: ({ createdBy }) => createdBy },
  ];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
      <ScrollArea label="Versions" className="rounded-md border border-hairline">
        <Table
          caption="Versions"
          columns={columns}
          rows={policy.versions}
          rowKey={({ version }) => String(version)}
          rowClassName={({ version }) => (version === policy.version ? "bg-surface" : undefined)}
        />
      </ScrollArea>
      <Card title="What became of them">
        <ol className="flex flex-col gap-2">
          {policy.history.map((change) => (
            <li key={`${change.at} ${change.version} ${change.kind}`} className="flex flex-col">
              <span>
                Version {change.version} {CHANGES[change.kind]}
                {change.reason !== null && `: ${change.reason}`}
              </span>
              <span className="text-sm text-muted">
                <Time at={change.at} short /> by {change.by.label}
                {change.auditSeq !== null && (
                  <>
                    {" · "}
                    <Link href={auditEntryPath(application, change.auditSeq)} className="quiet-link">
                      audit entry {change.auditSeq}
                    </Link>
                  </>
                )}
              </span>
            </li>
          ))}
        </ol>
      </Card>
    </div>
  );
}
