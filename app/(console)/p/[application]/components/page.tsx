/** All components of the application. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ComponentsScreen } from "@/components/components/components-screen";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Components" };

interface PageProps {
  params: Promise<{ application: string }>;
}

export default async function ComponentsPage({ params }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "components")}
      queries={(trpc) => [trpc.components.names.queryOptions({ application })]}
    >
      <AddressState>
        <ComponentsScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
