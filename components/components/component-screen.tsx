"use client";
/** One component: its versions and how the releases with each did; the chosen version with its releases one by one. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ComponentVersions } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { formatCount } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Sentence } from "@/components/ui/sentence";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { componentPath } from "@/components/vocabulary/paths";
import { VersionUsage } from "./version-usage";

type Version = ComponentVersions["versions"][number];

interface ComponentScreenProps {
  application: string;
  kind: string;
  name: string;
}

export function ComponentScreen(props: ComponentScreenProps): ReactNode {
  const trpc = useTRPC();
  const query = useQuery(trpc.components.versions.queryOptions({ ...props }));
  return (
    <QueryState query={query} name={`${props.kind} ${props.name}`}>
      {(component) => <ComponentContent component={component} />}
    </QueryState>
  );
}

/** The version the address names, or the newest that a release contains. */
export function chosenVersion(versions: readonly Version[], wanted: string | null): Version | undefined {
  const named = versions.find(({ version, reference }) => version === wanted || reference === wanted);
  return named ?? versions.find(({ releases }) => releases > 0) ?? versions[0];
}

function ComponentContent({ component }: { component: ComponentVersions }): ReactNode {
  const [wanted] = useQueryState("version", parseAsString);
  const chosen = chosenVersion(component.versions, wanted);
  return (
    <div className="flex flex-col gap-4">
      <Sentence tone="neutral">{component.sentence}</Sentence>
      {wanted !== null && wanted !== chosen?.version && wanted !== chosen?.reference && (
        <p className="text-review-fg">
          There is no version {wanted}; {chosen?.version} is shown.
        </p>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)]">
        <Card title="Versions" note="the one registered last first" flush>
          <VersionTable component={component} chosen={chosen} />
        </Card>
        {chosen !== undefined && <VersionUsage component={component} version={chosen} />}
      </div>
    </div>
  );
}

const OUTCOMES = [
  ["serving", "serving"],
  ["inFlight", "in flight"],
  ["promoted", "promoted"],
  ["rolledBack", "rolled back"],
  ["rejected", "rejected"],
  ["unused", "never rolled out"],
] as const satisfies readonly (readonly [keyof Version["outcomes"], string])[];

/** `1 serving, 2 rolled back`. */
export function outcomeWords(outcomes: Version["outcomes"]): string {
  return OUTCOMES.filter(([key]) => outcomes[key] > 0)
    .map(([key, word]) => `${formatCount(outcomes[key])} ${word}`)
    .join(", ");
}

function VersionTable(props: { component: ComponentVersions; chosen: Version | undefined }): ReactNode {
  const { component, chosen } = props;
  const columns: Column<Version>[] = [
    {
      key: "version",
      header: "Version",
      lead: true,
      cell: ({ version, digest, reference }) => (
        <Link
          href={componentPath(component.application, {
            ...component,
            version: reference.includes("#") ? reference : version,
          })}
          aria-current={reference === chosen?.reference ? "true" : undefined}
          scroll={false}
          data-row-link=""
          className="quiet-link font-mono aria-[current=true]:font-semibold"
        >
          {`${component.name}@${version}`}
          {digest !== null && <span className="text-sm text-muted"> {digest.slice(7, 14)}</span>}
        </Link>
      ),
    },
    { key: "releases", header: "Releases", align: "right", cell: ({ releases }) => formatCount(releases) },
    {
      key: "outcome",
      header: "How they did",
      cell: ({ outcomes, releases }) =>
        releases === 0 ? <span className="text-muted">in no release</span> : outcomeWords(outcomes),
    },
    {
      key: "since",
      header: "Since",
      cell: ({ firstRegisteredAt }) => <Time at={firstRegisteredAt} short relative />,
    },
  ];
  return (
    <ScrollArea label="Versions">
      <Table
        caption="Versions, the one registered last first"
        columns={columns}
        rows={component.versions}
        rowKey={({ reference }) => reference}
        rowClassName={(row) => (row.reference === chosen?.reference ? "bg-surface" : undefined)}
      />
    </ScrollArea>
  );
}
