/** One component. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { ComponentScreen } from "@/components/components/component-screen";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { componentPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Component" };

interface PageProps {
  params: Promise<{ application: string; kind: string; name: string }>;
}

export default async function ComponentPage({ params }: PageProps): Promise<ReactNode> {
  const given = await params;
  const component = {
    application: given.application,
    kind: decodeURIComponent(given.kind),
    name: decodeURIComponent(given.name),
  };
  return (
    <Prefetched
      caller={await api()}
      path={componentPath(component.application, component)}
      queries={(trpc) => [trpc.components.versions.queryOptions(component)]}
    >
      <AddressState>
        <ComponentScreen {...component} />
      </AddressState>
    </Prefetched>
  );
}
