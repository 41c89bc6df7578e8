"use client";
/** What each rule is likely to find by when at the present share, and which share would find it sooner. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Forecast as ForecastData } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatDuration } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";

type Rule = ForecastData["rules"][number];

/** It rests on a day of traffic: nothing of it changes within minutes. */
const STALE_MS = 300_000;

export function Forecast({ rolloutId }: { rolloutId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.rollouts.forecast.queryOptions({ rolloutId }), staleTime: STALE_MS });
  return (
    <Card title="Forecast" note="from today's traffic and the control's values of the last day">
      {query.isError && <Notice tone="review">{failureOf(query.error).detail}</Notice>}
      {query.isPending && <p className="text-muted">Reading the last day…</p>}
      {query.data !== undefined && <ForecastContent forecast={query.data} />}
    </Card>
  );
}

function ForecastContent({ forecast }: { forecast: ForecastData }): ReactNode {
  const known = forecast.rules.filter(({ unknown }) => unknown === null);
  const unknown = forecast.rules.filter((rule) => rule.unknown !== null);
  const factors = known[0]?.found.map(({ factor }) => factor) ?? [];
  const columns: Column<Rule>[] = [
    { key: "metric", header: "Rule", lead: true, cell: (rule) => rule.metric },
    ...factors.map((factor): Column<Rule> => ({
      key: String(factor),
      header: `${factor} × allowed`,
      align: "right",
      cell: (rule) => {
        const found = rule.found.find((one) => one.factor === factor);
        return <span title={found?.shows}>{inWords(found?.seconds ?? null)}</span>;
      },
    })),
  ];
  return (
    <div className="flex flex-col gap-3">
      <p>{forecast.sentence}</p>
      {known.length > 0 && (
        <ScrollArea label="Time until each rule is likely to act" className="rounded-md border border-hairline">
          <Table
            caption="Time until each rule is likely to act"
            columns={columns}
            rows={known}
            rowKey={({ rule }) => rule}
          />
        </ScrollArea>
      )}
      <ul className="flex list-disc flex-col gap-1 pl-5 text-muted">
        {[...known, ...unknown].map(({ rule, sentence }) => (
          <li key={rule}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function inWords(seconds: number | null): string {
  return seconds === null ? "over a week" : formatDuration(seconds * 1_000);
}
