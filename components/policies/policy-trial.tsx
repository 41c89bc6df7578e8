"use client";
/** A draft tried on real rollouts: what it would say of the live ones now, and what it would have done to past ones. */
import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { PolicyDryRun } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { rolloutPath } from "@/components/vocabulary/paths";
import { DecisionBadge } from "@/components/vocabulary/states";
import { PolicyReplays } from "./policy-replays";

export interface TrialProps {
  application: string;
  name: string;
  text: string;
  isValid: boolean;
  inForceVersion: number | null;
  rolloutId: string | null;
}

const INVALID = "It is not valid yet";

export function PolicyTrial(props: TrialProps): ReactNode {
  return (
    <>
      <DryRun {...props} />
      <PolicyReplays {...props} invalidReason={props.isValid ? null : INVALID} />
    </>
  );
}

function DryRun({ application, name, text, isValid }: TrialProps): ReactNode {
  const trpc = useTRPC();
  const dryRun = useMutation(trpc.policies.dryRun.mutationOptions());
  return (
    <Card title="Dry run" note="what it would say of the live rollouts now, had they run under it from their start">
      <div className="flex flex-col gap-3">
        <Button
          className="self-start"
          pendingLabel={dryRun.isPending ? "Judging…" : null}
          disabledReason={isValid ? null : INVALID}
          onClick={() => dryRun.mutate({ application, name, text })}
        >
          Judge the live rollouts with it
        </Button>
        <div aria-live="polite" className="flex flex-col gap-3">
          {dryRun.error !== null && <Notice tone="breach">{failureOf(dryRun.error).detail}</Notice>}
          {dryRun.data?.items.length === 0 && (
            <p className="text-muted">No rollout of {application} answers requests now.</p>
          )}
          {dryRun.data !== undefined && dryRun.data.items.length > 0 && <DryRunTable items={dryRun.data.items} />}
        </div>
      </div>
    </Card>
  );
}

type DryRunItem = PolicyDryRun["items"][number];

function DryRunTable({ items }: { items: readonly DryRunItem[] }): ReactNode {
  const columns: Column<DryRunItem>[] = [
    {
      key: "rollout",
      header: "Rollout",
      lead: true,
      cell: (row) => (
        <Link href={rolloutPath(row.application, row.rolloutId)} className="quiet-link">
          <span className="font-mono">{row.candidate.releaseId.slice(0, 7)}</span> → {row.alias}
        </Link>
      ),
    },
    { key: "now", header: "Says now", cell: (row) => <DecisionBadge decision={row.now.decision} quiet /> },
    { key: "would", header: "This draft", cell: (row) => <DecisionBadge decision={row.would.decision} quiet /> },
    { key: "why", header: "Because", cell: (row) => <span className="text-muted">{row.would.sentence}</span> },
  ];
  return <Table caption="Dry run" columns={columns} rows={items} rowKey={(row) => row.rolloutId} />;
}
