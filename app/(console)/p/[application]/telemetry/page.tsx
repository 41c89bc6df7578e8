/** How fit the application's telemetry is to decide on. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { TelemetryScreen } from "@/components/telemetry/telemetry-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Telemetry" };

export default async function TelemetryPage({
  params,
}: {
  params: Promise<{ application: string }>;
}): Promise<ReactNode> {
  const { application } = await params;
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "telemetry")}
      queries={(trpc) => [trpc.intake.health.queryOptions({ application })]}
    >
      <TelemetryScreen application={application} />
    </Prefetched>
  );
}
