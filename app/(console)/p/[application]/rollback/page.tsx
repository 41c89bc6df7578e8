/** Rolling back, as a page: on a phone, and for links in messages. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { RollbackPage } from "@/components/rollback/rollback-page";
import { rollbackPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Roll back" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function RollbackRoute({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const { alias: givenAlias, to } = await searchParams;
  const alias = typeof givenAlias === "string" ? givenAlias : "production";
  const target = typeof to === "string" ? { to } : {};
  return (
    <Prefetched
      caller={await api()}
      path={rollbackPath(application, { alias, ...target })}
      queries={(trpc) => [
        trpc.rollback.preview.queryOptions({
          application,
          alias,
          ...(typeof to === "string" ? { toReleaseId: to } : {}),
        }),
      ]}
    >
      <RollbackPage application={application} alias={alias} {...target} />
    </Prefetched>
  );
}
