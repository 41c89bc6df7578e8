/** The postmortem of one incident; `?version=` shows an older one as it was. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { PostmortemScreen } from "@/components/postmortem/postmortem-screen";
import { postmortemPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Postmortem" };

interface PageProps {
  params: Promise<{ application: string; id: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function PostmortemPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application, id } = await params;
  const { version: given } = await searchParams;
  const incidentId = decodeURIComponent(id);
  const number = typeof given === "string" && /^[1-9]\d{0,8}$/.test(given) ? Number(given) : undefined;
  const version = number === undefined ? {} : { version: number };
  return (
    <Prefetched
      caller={await api()}
      path={`${postmortemPath(application, incidentId)}${number === undefined ? "" : `?version=${number}`}`}
      queries={(trpc) => [
        trpc.postmortems.get.queryOptions({ incidentId, ...version }),
        trpc.postmortems.versions.queryOptions({ incidentId }),
      ]}
    >
      <PostmortemScreen incidentId={incidentId} {...version} />
    </Prefetched>
  );
}
