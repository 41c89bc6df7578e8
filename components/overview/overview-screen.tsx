"use client";
/** The Overview: one sentence, what serves now, what needs a person, what the canary says, the last day. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { Overview } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { formatShare } from "@/components/ui/format";
import { useFreshness } from "@/components/ui/freshness";
import { onDemand } from "@/components/ui/on-demand";
import { Notice } from "@/components/ui/states";
import { FreshSentence } from "@/components/vocabulary/fresh-sentence";
import { CanaryNow } from "./canary-now";
import { Delivery } from "./delivery";
import { NeedsAPerson } from "./needs-a-person";
import { NowServing } from "./now-serving";
import { RecentMoves } from "./recent-moves";
import { Sparklines } from "./sparklines";

/** Rendered once in an application's life: not part of what every visit loads. */
const FirstSteps = onDemand(async () => (await import("./first-steps")).FirstSteps);

export function OverviewScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.overview.get.queryOptions({ application }), ...useLiveQuery() });
  return (
    <QueryState query={query} name="Overview">
      {(overview) => <OverviewContent overview={overview} />}
    </QueryState>
  );
}

function OverviewContent({ overview }: { overview: Overview }): ReactNode {
  const freshness = useFreshness(overview.freshness);
  const { registered, aliased, telemetry } = overview.empty;
  if (!registered || !aliased || !telemetry) return <FirstSteps overview={overview} />;
  const isStale = freshness === "stale" || freshness === "unreachable";
  return (
    <div className="flex flex-col gap-4">
      <FreshSentence tone={overview.tone} freshness={overview.freshness}>
        {overview.sentence}
      </FreshSentence>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="contents lg:order-2 lg:flex lg:flex-col lg:gap-4">
          <NeedsAPerson items={overview.needsAPerson} />
        </div>
        <div className="contents lg:flex lg:flex-col lg:gap-4">
          <NowServing overview={overview} />
          <CanaryNow overview={overview} stale={isStale} />
        </div>
      </div>
      <Sparklines overview={overview} stale={isStale} />
      <Delivery overview={overview} />
      <RecentMoves application={overview.application.id} moves={overview.moves} />
      {overview.unattributedShare !== null && overview.unattributedShare > 0 && (
        <Notice tone="neutral">
          {formatShare(overview.unattributedShare)} of the last day’s requests carried no release id; they are counted
          for what the alias pointed at when they were made. Send <code>switchback.release.id</code> to be exact.
        </Notice>
      )}
    </div>
  );
}
