/** Compare: candidate against concurrent control. What is compared is in the address. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { compareInput, loadCompareParams } from "@/components/compare/compare-parsers";
import { CompareScreen } from "@/components/compare/compare-screen";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Compare" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function ComparePage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const input = compareInput(application, loadCompareParams(await searchParams));
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "compare")}
      queries={(trpc) => (input === null ? [] : [trpc.compare.get.queryOptions(input)])}
    >
      <AddressState>
        <CompareScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
