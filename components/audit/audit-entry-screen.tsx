"use client";
/** One audit entry in full, with its hash recomputed here from the text that is hashed. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { AuditEntry } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card, Facts } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { auditEntryPath, sectionPath } from "@/components/vocabulary/paths";
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { sha256Hex } from "@/server/domain/hash";

export function AuditEntryScreen(props: { application: string; seq: number }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery(trpc.audit.list.queryOptions({ after: props.seq - 1, limit: 1 }));
  return (
    <QueryState query={query} name={`Entry #${props.seq}`}>
      {(page) => {
        const entry = page.items.find((item) => item.seq === props.seq);
        if (entry === undefined)
          return <EmptyState title={`No entry #${props.seq}`}>The log does not reach that far.</EmptyState>;
        return <EntryContent application={props.application} entry={entry} />;
      }}
    </QueryState>
  );
}

function EntryContent({ application, entry }: { application: string; entry: AuditEntry }): ReactNode {
  const { hash, ...hashed } = entry;
  // What the API sends is JSON: every member is a canonical value.
  const text = canonicalText(hashed as unknown as CanonicalValue);
  const fits = sha256Hex(text) === hash;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-xl font-semibold">
          #{entry.seq} {entry.action}
        </h1>
        <StatusBadge status={fits ? "pass" : "breach"}>
          {fits ? "Its hash fits, computed here" : "Its hash does not fit"}
        </StatusBadge>
        <span className="ml-auto flex gap-3">
          {entry.seq > 1 && (
            <Link href={auditEntryPath(application, entry.seq - 1)} className="quiet-link">
              Previous
            </Link>
          )}
          <Link href={auditEntryPath(application, entry.seq + 1)} className="quiet-link">
            Next
          </Link>
          <Link href={sectionPath(application, "audit")} className="quiet-link">
            Whole log
          </Link>
        </span>
      </div>
      <Card>
        <Facts
          items={[
            { label: "When", value: <Time at={entry.at} precision="millisecond" relative /> },
            {
              label: "Who",
              value: `${entry.actor.name} (${entry.actor.kind}${entry.actor.role === undefined ? "" : `, ${entry.actor.role}`})`,
            },
            { label: "Target", value: <span className="break-all">{entry.target}</span> },
            { label: "Reason", value: entry.reason ?? "—" },
            { label: "Request", value: entry.requestId === undefined ? "—" : <code>{entry.requestId}</code> },
            { label: "Hash", value: <code className="break-all">{hash}</code> },
            { label: "Before it", value: <code className="break-all">{entry.prevHash}</code> },
          ]}
        />
      </Card>
      <div className="grid gap-4 sm:grid-cols-2">
        <JsonCard title="Before" value={entry.before} />
        <JsonCard title="After" value={entry.after} />
      </div>
      <Card title="The text that is hashed" actions={<CopyButton text={text} label="the hashed text" />}>
        <pre className="text-sm break-all whitespace-pre-wrap">{text}</pre>
      </Card>
    </div>
  );
}

function JsonCard(props: { title: string; value: unknown }): ReactNode {
  return (
    <Card title={props.title}>
      <pre className="max-h-96 overflow-auto text-sm break-all whitespace-pre-wrap">
        {props.value === undefined ? "nothing" : JSON.stringify(props.value, null, 2)}
      </pre>
    </Card>
  );
}
