"use client";
/** One incident, also at 3 am on a phone: what happened, what the system did, whom it hits, what is next, the timeline. */
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { IncidentDetail } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { isSettled, RollbackStepper } from "@/components/rollback/rollback-stepper";
import { Card, Facts } from "@/components/ui/card";
import { ReleaseName } from "@/components/vocabulary/release";
import { IncidentBlame } from "./incident-blame";
import { IncidentClocks } from "./incident-clocks";
import { IncidentHead } from "./incident-head";
import { IncidentImpact } from "./incident-impact";
import { IncidentNote } from "./incident-note";
import { IncidentTold } from "./incident-told";
import { Timeline } from "./timeline";
import { quoteOf } from "./timeline-model";
import { WorstChart } from "./worst-chart";

/** While a rollback settles its steps are asked for this often, ms. */
const STEP_POLL_MS = 2000;

export function IncidentScreen({ incidentId }: { incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const live = useLiveQuery();
  const query = useQuery({
    ...trpc.incidents.get.queryOptions({ incidentId }),
    ...live,
    refetchInterval: (current) => {
      const progress = current.state.data?.progress ?? null;
      return progress !== null && !isSettled(progress) ? STEP_POLL_MS : live.refetchInterval;
    },
  });
  return (
    <QueryState query={query} name="The incident">
      {(incident) => <IncidentContent incident={incident} />}
    </QueryState>
  );
}

function IncidentContent({ incident }: { incident: IncidentDetail }): ReactNode {
  const [note, setNote] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  return (
    <div className="flex flex-col gap-4">
      <IncidentHead incident={incident} />
      <IncidentClocks clocks={incident} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-4">
          <SystemDid incident={incident} />
          <IncidentImpact incidentId={incident.id} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <IncidentBlame incident={incident} />
          <WorstChart incidentId={incident.id} />
          <IncidentTold incidentId={incident.id} />
        </div>
      </div>
      <Timeline
        incident={incident}
        onQuote={(entry) => {
          setNote((text) => `${text === "" ? "" : `${text.trimEnd()}\n\n`}${quoteOf(entry)}`);
          area.current?.focus();
        }}
      />
      <IncidentNote incidentId={incident.id} text={note} onText={setNote} areaRef={area} />
      <About incident={incident} />
    </div>
  );
}

function SystemDid({ incident }: { incident: IncidentDetail }): ReactNode {
  return (
    <Card title="What the system did">
      {incident.progress === null ? (
        <p className="text-muted">Nothing yet: no alias was moved because of this.</p>
      ) : (
        <RollbackStepper progress={incident.progress} />
      )}
    </Card>
  );
}

function About({ incident }: { incident: IncidentDetail }): ReactNode {
  return (
    <Card title="About">
      <Facts
        items={[
          { label: "Alias", value: incident.alias ?? "—" },
          {
            label: "Release",
            value: incident.release === null ? "—" : <ReleaseName release={incident.release} copy />,
          },
          { label: "Opened by", value: `${incident.openedBy.label} (${incident.cause})` },
          { label: "Leads", value: incident.commander ?? "nobody yet" },
          { label: "Id", value: <code className="break-all">{incident.id}</code> },
        ]}
      />
    </Card>
  );
}
