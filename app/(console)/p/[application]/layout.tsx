/** The frame of an application's pages, with what its bar shows read on the server. */
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { RehearsalBanner } from "@/components/rehearsal/rehearsal-banner";
import { AppShell } from "@/components/shell/app-shell";
import { applicationPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

interface LayoutProps {
  params: Promise<{ application: string }>;
  children: ReactNode;
}

export default async function ApplicationLayout({ params, children }: LayoutProps): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={applicationPath(application)}
      queries={(trpc) => [
        trpc.overview.get.queryOptions({ application }),
        trpc.applications.list.queryOptions({}),
        trpc.me.get.queryOptions({}),
      ]}
    >
      <AppShell application={application}>
        <RehearsalBanner application={application} />
        {children}
      </AppShell>
    </Prefetched>
  );
}
