/** Every policy. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { PoliciesScreen } from "@/components/policies/policies-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Policies" };

export default async function PoliciesPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "policies")}
      queries={(trpc) => [trpc.policies.list.queryOptions({})]}
    >
      <PoliciesScreen application={application} />
    </Prefetched>
  );
}
