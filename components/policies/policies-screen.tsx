"use client";
/** Every policy: which version is in force, what it may do, and which one waits for a person. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { PolicySummary } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextField } from "@/components/ui/field";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Sentence } from "@/components/ui/sentence";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { policyEditorPath, policyPath } from "@/components/vocabulary/paths";
import { countWords } from "@/server/domain/words/count-words";

export function PoliciesScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.policies.list.queryOptions({}), ...useLiveQuery() });
  return (
    <QueryState query={query} name="Policies">
      {({ items }) => (
        <div className="flex flex-col gap-4">
          <Sentence tone={items.some(({ pendingVersion }) => pendingVersion !== null) ? "review" : "neutral"}>
            {sentenceOf(items)}
          </Sentence>
          {items.length === 0 ? <NoPolicies /> : <PolicyTable application={application} items={items} />}
          <NewPolicy application={application} />
        </div>
      )}
    </QueryState>
  );
}

/** The page's sentence. */
function sentenceOf(items: readonly PolicySummary[]): string {
  const pending = items.filter(({ pendingVersion }) => pendingVersion !== null);
  const names = pending.map(({ name }) => name).join(", ");
  const policies =
    items.length === 1
      ? "1 policy judges the rollouts that name it"
      : `${items.length} policies judge the rollouts that name them`;
  if (items.length === 0) return "No policy has been put: rollouts run under the built-in one.";
  if (pending.length === 0) return `${policies}; nothing waits for a person.`;
  return `${names} ${pending.length === 1 ? "has a version that loosens" : "have versions that loosen"} a rollback rule and ${
    pending.length === 1 ? "waits" : "wait"
  } for another person.`;
}

function NoPolicies(): ReactNode {
  return (
    <EmptyState title="No policies yet" command="switchback policy put policy.yaml">
      Without one, a rollout goes back when more than 5 % of the candidate&apos;s requests fail, and is promoted after
      30 good ones. A policy says what your own limits are.
    </EmptyState>
  );
}

function PolicyTable({ application, items }: { application: string; items: readonly PolicySummary[] }): ReactNode {
  const columns: Column<PolicySummary>[] = [
    {
      key: "name",
      header: "Policy",
      lead: true,
      cell: (row) => (
        <Link href={policyPath(application, row.name)} data-row-link="" className="quiet-link font-medium">
          {row.name}
        </Link>
      ),
    },
    { key: "version", header: "In force", cell: (row) => `version ${row.version}` },
    {
      key: "pending",
      header: "Waits",
      cell: (row) =>
        row.pendingVersion === null ? (
          <span className="text-muted">—</span>
        ) : (
          <StatusBadge status="review">Version {row.pendingVersion} waits</StatusBadge>
        ),
    },
    { key: "rules", header: "Rules", cell: (row) => rulesWords(row.rules) },
    { key: "live", header: "Live rollouts", align: "right", cell: (row) => row.liveRollouts },
    {
      key: "fired",
      header: "Last rollback",
      cell: (row) =>
        row.lastRollbackAt === null ? (
          <span className="text-muted">never</span>
        ) : (
          <Time at={row.lastRollbackAt} short relative />
        ),
    },
    {
      key: "since",
      header: "Written",
      wideOnly: true,
      cell: (row) => (
        <>
          <Time at={row.createdAt} short relative /> by {row.createdBy}
        </>
      ),
    },
  ];
  return (
    <ScrollArea label="Policies" className="rounded-md border border-hairline">
      <Table caption="Policies" columns={columns} rows={items} rowKey={(row) => row.name} />
    </ScrollArea>
  );
}

/** `3 roll back, 1 pauses`. */
function rulesWords({ rollback, pause, notify }: PolicySummary["rules"]): string {
  const parts = [
    ...(rollback > 0 ? [`${rollback} roll${rollback === 1 ? "s" : ""} back`] : []),
    ...(pause > 0 ? [`${pause} pause${pause === 1 ? "s" : ""}`] : []),
    ...(notify > 0 ? [`${notify} notif${notify === 1 ? "ies" : "y"}`] : []),
  ];
  return parts.length === 0 ? `${countWords(0, "rule")} that acts` : parts.join(", ");
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

function NewPolicy({ application }: { application: string }): ReactNode {
  const router = useRouter();
  const me = useMe();
  const [name, setName] = useState("");
  const [touched, setTouched] = useState(false);
  const error = touched && !NAME.test(name) ? "Lower-case letters, digits, dots and dashes, e.g. careful" : null;
  return (
    <Card title="New policy">
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          setTouched(true);
          if (NAME.test(name)) router.push(policyEditorPath(application, name));
        }}
      >
        <TextField
          label="Name"
          placeholder="careful"
          value={name}
          error={error}
          onChange={(event) => setName(event.target.value.trim())}
        />
        <Button type="submit" disabledReason={roleReason(me, "release_manager")}>
          Write it
        </Button>
      </form>
    </Card>
  );
}
