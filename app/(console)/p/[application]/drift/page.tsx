/** Git against what runs. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { DriftScreen } from "@/components/gitops/drift-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "GitOps drift" };

export default async function DriftPage({ params }: { params: Promise<{ application: string }> }): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "drift")}
      queries={(trpc) => [
        trpc.git.get.queryOptions({ application }),
        trpc.registries.list.queryOptions({ application }),
      ]}
    >
      <DriftScreen application={application} />
    </Prefetched>
  );
}
