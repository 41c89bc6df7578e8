"use client";
/** What is still to be changed after this application's incidents, the earliest due first. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { postmortemPath } from "@/components/vocabulary/paths";

export function OpenActions({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.postmortems.actions.queryOptions({ application }), ...useLiveQuery() });
  if (query.data?.items.length === 0) return null;
  return (
    <Card title="Actions" flush>
      <QueryState query={query} name="Actions">
        {({ items, sentence }) => (
          <>
            <p className="px-3 py-2">{sentence}</p>
            <ul className="divide-y divide-hairline border-t border-hairline">
              {items.map(({ id, incidentId, text, owner, dueOn, overdue, type }) => (
                <li key={id} className="flex flex-wrap items-baseline gap-x-3 px-3 py-2">
                  <Link href={postmortemPath(application, incidentId)} className="quiet-link min-w-0 break-words">
                    {text}
                  </Link>
                  <span className="text-sm text-muted">
                    {type}, {owner ?? "no owner"}, {dueOn === null ? "no due date" : `due ${dueOn}`}
                  </span>
                  {overdue && <StatusBadge status="breach">Overdue</StatusBadge>}
                </li>
              ))}
            </ul>
          </>
        )}
      </QueryState>
    </Card>
  );
}
