"use client";
/** Feature views: computed alike offline and online, fresh, and served with values like those evaluated? */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { Features } from "@/components/data/outputs";
import { QueryState, useServerTimeOf } from "@/components/data/query-state";
import { formatCount } from "@/components/ui/format";
import { Sentence } from "@/components/ui/sentence";
import { EmptyState } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { ViewCard } from "./view-card";

const FINGERPRINT_COMMAND = (application: string): string =>
  `curl -X POST -H "Authorization: Bearer $SWITCHBACK_TOKEN" -H "Content-Type: application/json" ` +
  `$SWITCHBACK_URL/api/v1/features/fingerprints ` +
  `-d '{"application": "${application}", "view": "releases@5", "side": "online", "config": {"normalize": "l2"}}'`;

export function ParityScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.features.list.queryOptions({ application }), ...useLiveQuery() });
  useServerTimeOf(query.data?.to);
  return (
    <QueryState query={query} name="Feature parity">
      {(features) => (
        <div className="flex flex-col gap-4">
          <Sentence tone={features.tone} note={<Basis features={features} />}>
            {features.sentence}
          </Sentence>
          {features.items.length === 0 && (
            <EmptyState
              title="Report what each side computes"
              command={FINGERPRINT_COMMAND(application)}
              className="py-4"
            >
              Send the transformation’s configuration from the evaluation pipeline (offline) and from the serving path
              (online): this page then says whether they are the same, and the gate refuses a release where they are
              not.
            </EmptyState>
          )}
          {features.items.map((view) => (
            <ViewCard key={view.view} application={application} view={view} />
          ))}
        </div>
      )}
    </QueryState>
  );
}

/** What the figures are of. */
function Basis({ features: { requests, from, to } }: { features: Features }): ReactNode {
  const { control, candidate, sampled } = requests;
  return (
    <span>
      served values of {formatCount(control)} control and {formatCount(candidate)} candidate requests
      {sampled && ", the newest of more"}, <Time at={from} short /> to <Time at={to} short />
    </span>
  );
}
