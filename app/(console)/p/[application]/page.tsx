/** Overview. Its data is the frame's own. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { OverviewScreen } from "@/components/overview/overview-screen";

export const metadata: Metadata = { title: "Overview" };

export default async function OverviewPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return <OverviewScreen application={application} />;
}
