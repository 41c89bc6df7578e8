"use client";
/** The audit log: who did what to what, when and why; and that none of it was changed since. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { AuditEntry } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { EmptyState } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { auditInput, auditParsers } from "./audit-parsers";
import { AuditTable, targetWords } from "./audit-table";
import { ChainBadge } from "./chain-badge";

/** What changed last, of what the filter asks for. */
function Newest({ row, application }: { row: AuditEntry | undefined; application: string }): ReactNode {
  if (row === undefined) return null;
  return (
    <p>
      Newest here: {row.actor.name}, <code>{row.action}</code> on{" "}
      <span className="break-words">{targetWords(row.target, application)}</span>,{" "}
      <Time at={row.at} precision="second" relative />
      {row.reason === undefined ? "." : `, because “${row.reason}”.`}
    </p>
  );
}

export function AuditScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(auditParsers, { history: "replace", throttleMs: 300 });
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.audit.list.queryOptions({ ...auditInput(params), ...at })),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  const only = `application/${application}`;
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">Audit log</h1>
      <Newest row={query.data?.pages[0]?.items[0]} application={application} />
      <ChainBadge application={application} />
      <div className="flex flex-wrap items-end gap-3">
        <TextField
          label="Target"
          placeholder={only}
          value={params.target ?? ""}
          onChange={(event) => void setParams({ target: event.target.value === "" ? null : event.target.value })}
        />
        <TextField
          label="Action"
          placeholder="rollback"
          value={params.action ?? ""}
          onChange={(event) => void setParams({ action: event.target.value === "" ? null : event.target.value })}
        />
        <Button
          aria-pressed={params.target === only}
          onClick={() => void setParams({ target: params.target === only ? null : only })}
        >
          {params.target === only ? "All applications" : "This application only"}
        </Button>
      </div>
      <PagedList
        query={query}
        name="Audit entries"
        hold={{ list: JSON.stringify(params), keyOf: ({ seq }) => String(seq) }}
        empty={
          <EmptyState title="No entry matches">Every action that changes something writes one entry here.</EmptyState>
        }
      >
        {(rows) => <AuditTable application={application} rows={rows} />}
      </PagedList>
    </div>
  );
}
