"use client";
/** The chart of the limit that was broken first, the bad time shaded, as the postmortem will keep it. */
import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "@/components/data/api-provider";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";
import { FrozenChart } from "./frozen-chart";

/** The draft is made from the whole record: once in a while is enough, ms. */
const STALE_MS = 30_000;

export function WorstChart({ incidentId }: { incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.postmortems.get.queryOptions({ incidentId }), staleTime: STALE_MS });
  const [chart] = query.data?.charts ?? [];
  if (chart === undefined) return null;
  return (
    <Card>
      <FrozenChart chart={chart} />
    </Card>
  );
}
