/** One policy: what it says, what became of its versions, and its editor. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { loadPolicyParams, policyInput } from "@/components/policies/policy-parsers";
import { PolicyScreen } from "@/components/policies/policy-screen";
import { policyPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Policy" };

interface PageProps {
  params: Promise<{ application: string; name: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function PolicyPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application, name: encoded } = await params;
  const name = decodeURIComponent(encoded);
  const { version } = loadPolicyParams(await searchParams);
  return (
    <Prefetched
      caller={await api()}
      path={policyPath(application, name)}
      queries={(trpc) => [trpc.policies.get.queryOptions(policyInput(name, version))]}
    >
      <AddressState>
        <PolicyScreen application={application} name={name} />
      </AddressState>
    </Prefetched>
  );
}
