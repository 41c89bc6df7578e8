/** The audit log. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { auditInput, loadAuditParams } from "@/components/audit/audit-parsers";
import { AuditScreen } from "@/components/audit/audit-screen";
import { pagedOptions } from "@/components/data/paging";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Audit log" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function AuditPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const input = auditInput(loadAuditParams(await searchParams));
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "audit")}
      queries={(trpc) => [
        trpc.audit.checkpoints.queryOptions({ limit: 1 }),
        trpc.audit.witness.queryOptions({ application }),
      ]}
      lists={(trpc) => [pagedOptions((at) => trpc.audit.list.queryOptions({ ...input, ...at }))]}
    >
      <AddressState>
        <AuditScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
