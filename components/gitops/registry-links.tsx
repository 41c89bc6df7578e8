"use client";
/** Aliases of a model registry that follow ours: whether they do, and who moved them otherwise. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { RegistryLink } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { ScrollArea } from "@/components/ui/scroll-area";
import { CommandLine } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";

type Move = RegistryLink["moves"][number];

const OUTCOMES: Readonly<Record<Move["outcome"], (move: Move) => string>> = {
  moved: ({ before, observed }) => `followed: ${before ?? "unset"} → ${observed ?? "unset"}`,
  conflict: ({ before, requested }) =>
    `left alone: somebody had set ${before ?? "none"}, we asked for ${requested ?? "none"}`,
  out_of_band: ({ before, observed }) => `moved there: ${before ?? "unset"} → ${observed ?? "unset"}`,
};

const COLUMNS: readonly Column<RegistryLink>[] = [
  {
    key: "registry",
    header: "Registered model",
    lead: true,
    cell: (row) => (
      <code>
        {row.model}@{row.registryAlias}
      </code>
    ),
  },
  { key: "follows", header: "Follows", cell: (row) => `${row.kind} of ${row.alias}` },
  {
    key: "state",
    header: "State",
    cell: ({ outOfBand, moves }) =>
      moves.length === 0 ? (
        <StatusBadge status="collecting">Not moved yet</StatusBadge>
      ) : outOfBand ? (
        <StatusBadge status="review">Moved by somebody else</StatusBadge>
      ) : (
        <StatusBadge status="pass" quiet>
          Follows
        </StatusBadge>
      ),
  },
  {
    key: "last",
    header: "Last seen",
    cell: ({ moves: [newest] }) =>
      newest === undefined ? (
        <span className="text-muted">—</span>
      ) : (
        <span>
          {OUTCOMES[newest.outcome](newest)}, <Time at={newest.at} short relative />
        </span>
      ),
  },
];

export function RegistryLinks({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.registries.list.queryOptions({ application }), ...useLiveQuery() });
  return (
    <Card title="Model registry" note="aliases in MLflow that follow ours" flush>
      <QueryState query={query} name="Registry links">
        {({ items }) =>
          items.length === 0 ? (
            <div className="flex flex-col gap-2 p-3 text-muted">
              <p>No registry alias follows an alias of this application. With SWITCHBACK_MLFLOW_URL set, link one:</p>
              <CommandLine label="command" command={linkCommand(application)} />
            </div>
          ) : (
            <ScrollArea label="Registry links">
              <Table
                caption="Registry links"
                columns={COLUMNS}
                rows={items}
                rowKey={(row) => `${row.alias} ${row.kind} ${row.model}`}
              />
            </ScrollArea>
          )
        }
      </QueryState>
    </Card>
  );
}

function linkCommand(application: string): string {
  return (
    `curl -X PUT -H "Authorization: Bearer $SWITCHBACK_TOKEN" -H "Content-Type: application/json" ` +
    `$SWITCHBACK_URL/api/v1/applications/${application}/registry-links/production/model ` +
    `-d '{"model": "lora", "registryAlias": "production"}'`
  );
}
