/** One entry of the audit log. */
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { AuditEntryScreen } from "@/components/audit/audit-entry-screen";
import { Prefetched } from "@/components/data/prefetched";
import { auditEntryPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Audit entry" };

interface PageProps {
  params: Promise<{ application: string; seq: string }>;
}

export default async function AuditEntryPage({ params }: PageProps): Promise<ReactNode> {
  const { application, seq: text } = await params;
  if (!/^[1-9]\d{0,14}$/.test(text)) notFound();
  const seq = Number(text);
  return (
    <Prefetched
      caller={await api()}
      path={auditEntryPath(application, seq)}
      queries={(trpc) => [trpc.audit.list.queryOptions({ after: seq - 1, limit: 1 })]}
    >
      <AuditEntryScreen application={application} seq={seq} />
    </Prefetched>
  );
}
