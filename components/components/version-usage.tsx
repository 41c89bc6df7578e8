"use client";
/** One version of a component: what it is, which releases contain it, since when, and how each of those did. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ComponentUse, ComponentVersions } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card, Facts } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import { Time } from "@/components/ui/time";
import { incidentPath, rolloutPath } from "@/components/vocabulary/paths";
import { ReleaseName } from "@/components/vocabulary/release";
import { IncidentStatusBadge, ReleaseStateBadge, RolloutStateBadge } from "@/components/vocabulary/states";

type Version = ComponentVersions["versions"][number];

export function VersionUsage(props: { component: ComponentVersions; version: Version }): ReactNode {
  const { component, version } = props;
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Card title={<code>{`${component.name}@${version.version}`}</code>} note={registryWords(version.registry)}>
        <Facts items={factsOf(version)} />
      </Card>
      <Card title="Releases with it" flush>
        {version.releases === 0 ? (
          <p className="p-3 text-muted">No release contains it.</p>
        ) : (
          <Uses component={component} reference={version.reference} />
        )}
      </Card>
    </div>
  );
}

function registryWords(registry: string | null): string {
  if (registry === null) return "known from releases alone";
  return registry === "switchback" ? "registered here" : `held by ${registry}`;
}

function factsOf({ digest, uri, settings, firstRegisteredAt }: Version): { label: string; value: ReactNode }[] {
  return [
    { label: "Since", value: <Time at={firstRegisteredAt} relative /> },
    {
      label: "Digest",
      value:
        digest === null ? (
          "n/a"
        ) : (
          <span className="inline-flex items-start">
            <code className="break-all">{digest}</code>
            <CopyButton text={digest} label="digest" />
          </span>
        ),
    },
    { label: "Address", value: <Address uri={uri} /> },
    ...Object.entries(settings ?? {}).map(([label, value]) => ({ label, value: <code>{String(value)}</code> })),
  ];
}

function Address({ uri }: { uri: string | null }): ReactNode {
  if (uri === null) return "n/a";
  return /^https?:/.test(uri) ? (
    <ExternalLink href={uri}>{uri}</ExternalLink>
  ) : (
    <code className="break-all">{uri}</code>
  );
}

function Uses({ component, reference }: { component: ComponentVersions; reference: string }): ReactNode {
  const trpc = useTRPC();
  const { application, kind } = component;
  const query = useQuery(trpc.components.usage.queryOptions({ application, kind, reference }));
  return (
    <QueryState query={query} name={`The releases with ${reference}`}>
      {({ items }) => (
        <ul className="divide-y divide-hairline">
          {items.map((use) => (
            <li key={`${use.release.releaseId} ${use.kind}`} className="flex flex-col gap-1 px-3 py-2">
              <Use use={use} />
            </li>
          ))}
        </ul>
      )}
    </QueryState>
  );
}

function Use({ use }: { use: ComponentUse }): ReactNode {
  const { application } = use.release;
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <ReleaseName release={use.release} />
        <ReleaseStateBadge state={use.state} aliases={use.aliases} />
      </p>
      <p className="text-sm text-muted">
        registered <Time at={use.since} short relative />
        {use.firstServedAt === null ? (
          ", no alias has pointed at it"
        ) : (
          <>
            , on an alias first <Time at={use.firstServedAt} short />
          </>
        )}
      </p>
      {use.rollouts.map(({ id, state, startedAt }) => (
        <p key={id} className="flex flex-wrap items-center gap-2">
          <Link href={rolloutPath(application, id)} className="quiet-link">
            Rollout
          </Link>
          <RolloutStateBadge state={state} quiet />
          <Time at={startedAt} short className="text-sm text-muted" />
        </p>
      ))}
      {use.incidents.map(({ id, title, status }) => (
        <p key={id} className="flex flex-wrap items-center gap-2">
          <Link href={incidentPath(application, id)} className="quiet-link min-w-0 break-words">
            {title}
          </Link>
          <IncidentStatusBadge status={status} quiet />
        </p>
      ))}
      {use.bad !== null && <p className="text-sm text-review-fg">marked bad: {use.bad}</p>}
    </>
  );
}
