/** One rollout. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { RolloutScreen } from "@/components/rollouts/rollout-screen";
import { rolloutPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Rollout" };

interface PageProps {
  params: Promise<{ application: string; id: string }>;
}

export default async function RolloutPage({ params }: PageProps): Promise<ReactNode> {
  const { application, id } = await params;
  const rolloutId = decodeURIComponent(id);
  return (
    <Prefetched
      caller={await api()}
      path={rolloutPath(application, rolloutId)}
      queries={(trpc) => [trpc.rollouts.get.queryOptions({ rolloutId })]}
    >
      <RolloutScreen rolloutId={rolloutId} />
    </Prefetched>
  );
}
