/** One request and everything that served it. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { TraceScreen } from "@/components/requests/trace-screen";
import { requestPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Request" };

interface PageProps {
  params: Promise<{ application: string; rid: string }>;
}

export default async function RequestPage({ params }: PageProps): Promise<ReactNode> {
  const { application, rid } = await params;
  const requestId = decodeURIComponent(rid);
  return (
    <Prefetched
      caller={await api()}
      path={requestPath(application, requestId)}
      queries={(trpc) => [trpc.requests.trace.queryOptions({ application, requestId })]}
    >
      <AddressState>
        <TraceScreen application={application} requestId={requestId} />
      </AddressState>
    </Prefetched>
  );
}
