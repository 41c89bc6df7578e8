"use client";
/** The kept evaluations, newest first: what was seen and what was decided on it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { Card } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import { DecisionBadge } from "@/components/vocabulary/states";

const PAGE_ROWS = 20;

export function Evaluations({ rolloutId }: { rolloutId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.rollouts.evaluations.queryOptions({ rolloutId, limit: PAGE_ROWS, ...at })),
    ...useLiveQuery(),
  });
  return (
    <Card title="Evaluations" note="every one is kept" flush>
      <PagedList query={query} name="Evaluations" empty={<p className="px-3 py-3 text-muted">None yet.</p>}>
        {(items) => (
          <ol className="divide-y divide-hairline">
            {items.map((item) => (
              <li key={item.id} className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[9rem_10rem_minmax(0,1fr)]">
                <Time at={item.at} precision="second" short className="text-muted" />
                <span>
                  <DecisionBadge decision={item.decision} quiet />
                  {item.changed && <span className="ml-1.5 text-sm text-muted">changed</span>}
                </span>
                <span className="min-w-0 break-words">
                  {item.sentence}
                  <span className="block text-sm text-muted">
                    evaluation {item.id} · step {item.stepIndex + 1} · {item.policy.name} v{item.policy.version}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        )}
      </PagedList>
    </Card>
  );
}
