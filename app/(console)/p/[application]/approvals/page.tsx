/** Rollouts that wait for a person. */
import type { Metadata } from "next";
import { createLoader, parseAsBoolean, type SearchParams } from "nuqs/server";
import type { ReactNode } from "react";
import { ApprovalsScreen } from "@/components/approvals/approvals-screen";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Approvals" };

const loadParams = createLoader({ mine: parseAsBoolean.withDefault(false) });

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function ApprovalsPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const { mine } = await loadParams(searchParams);
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "approvals")}
      queries={(trpc) => [trpc.approvals.list.queryOptions({ application, mine })]}
    >
      <AddressState>
        <ApprovalsScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
