/** One release. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { loadBaseline } from "@/components/releases/release-parsers";
import { ReleaseScreen } from "@/components/releases/release-screen";
import { releasePath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Release" };

interface PageProps {
  params: Promise<{ application: string; id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function ReleasePage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application, id } = await params;
  const releaseId = decodeURIComponent(id);
  const { baseline } = loadBaseline(await searchParams);
  return (
    <Prefetched
      caller={await api()}
      path={releasePath(application, releaseId)}
      queries={(trpc) => [
        trpc.releases.get.queryOptions({ application, releaseId }),
        ...(baseline === null ? [] : [trpc.releases.diff.queryOptions({ releaseId: baseline, otherId: releaseId })]),
      ]}
    >
      <AddressState>
        <ReleaseScreen application={application} releaseId={releaseId} />
      </AddressState>
    </Prefetched>
  );
}
