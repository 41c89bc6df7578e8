/** One release. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { ReleaseScreen } from "@/components/releases/release-screen";
import { releasePath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Release" };

interface PageProps {
  params: Promise<{ application: string; id: string }>;
}

export default async function ReleasePage({ params }: PageProps): Promise<ReactNode> {
  const { application, id } = await params;
  const releaseId = decodeURIComponent(id);
  return (
    <Prefetched
      caller={await api()}
      path={releasePath(application, releaseId)}
      queries={(trpc) => [trpc.releases.get.queryOptions({ application, releaseId })]}
    >
      <ReleaseScreen application={application} releaseId={releaseId} />
    </Prefetched>
  );
}
