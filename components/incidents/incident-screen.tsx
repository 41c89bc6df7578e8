"use client";
/** One incident, also at 3 am on a phone: what happened, what the system did, what is next, the timeline. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { IncidentDetail } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { isSettled, RollbackStepper } from "@/components/rollback/rollback-stepper";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { formatCount } from "@/components/ui/format";
import { Sentence } from "@/components/ui/sentence";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { requestsPath, rolloutPath } from "@/components/vocabulary/paths";
import { ChangeChips, ReleaseName } from "@/components/vocabulary/release";
import { IncidentStatusBadge } from "@/components/vocabulary/states";
import { IncidentClocks } from "./incident-clocks";
import { IncidentForm } from "./incident-form";
import { Timeline } from "./timeline";

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

const TONES = { open: "breach", mitigated: "review", resolved: "ok" } as const;

export function IncidentContent({ incident }: { incident: IncidentDetail }): ReactNode {
  return (
    <div className="flex flex-col gap-4">
      <Sentence
        tone={TONES[incident.status]}
        note={
          <span className="flex flex-wrap items-center gap-2">
            <IncidentStatusBadge status={incident.status} /> {incident.severity}
            <span>opened by {incident.openedBy.label}</span>
          </span>
        }
      >
        {incident.sentence}
      </Sentence>
      <NextAction incident={incident} />
      <IncidentClocks clocks={incident} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
        <div className="order-2 flex min-w-0 flex-col gap-4 lg:order-1">
          <Timeline incident={incident} />
          <IncidentForm incident={incident} />
        </div>
        <div className="order-1 flex min-w-0 flex-col gap-4 lg:order-2">
          {incident.progress !== null && (
            <Card title="What the system did">
              <RollbackStepper progress={incident.progress} />
            </Card>
          )}
          {incident.impact !== null && <Impact impact={incident.impact} />}
          <About incident={incident} />
        </div>
      </div>
    </div>
  );
}

/** The single next right action: roll back while nothing has been done, else look at the evidence. */
function NextAction({ incident }: { incident: IncidentDetail }): ReactNode {
  const openRollback = useOpenRollback();
  const me = useMe();
  const { alias, progress, rolloutId, application, release } = incident;
  const mayRollBack = incident.status === "open" && alias !== null && progress === null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {mayRollBack && (
        <Button
          kind="danger"
          size="control"
          className="max-sm:w-full"
          disabledReason={roleReason(me, "on_call")}
          onClick={() => openRollback({ alias })}
        >
          Roll back {alias}…
        </Button>
      )}
      {rolloutId !== null && <ButtonLink href={rolloutPath(application, rolloutId)}>Rollout</ButtonLink>}
      {release !== null && (
        <ButtonLink href={requestsPath(application, { releaseId: release.releaseId, status: "error" })}>
          Failed requests of {release.releaseId.slice(0, 7)}
        </ButtonLink>
      )}
    </div>
  );
}

function Impact({ impact }: { impact: NonNullable<IncidentDetail["impact"]> }): ReactNode {
  return (
    <Card
      title="Impact"
      note={
        <>
          measured <Time at={impact.from} short /> to <Time at={impact.to} short />
        </>
      }
    >
      <p>
        <span className="text-md font-semibold">{formatCount(impact.requests)} requests</span> answered by it,{" "}
        {formatCount(impact.errors)} with an error
        {impact.subjects !== null && `, from ${formatCount(impact.subjects)} subjects`}.
      </p>
      {impact.regions.length > 0 && (
        <p className="text-muted">
          {impact.regions.map((each) => `${each.region} ${formatCount(each.count)}`).join(" · ")}
        </p>
      )}
    </Card>
  );
}

function About({ incident }: { incident: IncidentDetail }): ReactNode {
  return (
    <Card title="Suspect">
      <ChangeChips changes={incident.changes} none="No component differs from the release before." />
      <Facts
        className="mt-3"
        items={[
          { label: "Alias", value: incident.alias ?? "—" },
          {
            label: "Release",
            value: incident.release === null ? "—" : <ReleaseName release={incident.release} copy />,
          },
          { label: "Cause", value: incident.cause },
          { label: "Id", value: <code className="break-all">{incident.id}</code> },
        ]}
      />
    </Card>
  );
}
