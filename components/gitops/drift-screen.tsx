"use client";
/** Git against what runs: every alias that git declares, what keeps them apart, and what was written back. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { GitDrift } from "@/components/data/outputs";
import { QueryState, useServerTimeOf } from "@/components/data/query-state";
import { Sentence } from "@/components/ui/sentence";
import { ShortId } from "@/components/ui/short-id";
import { EmptyState, Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { AliasDriftCard } from "./alias-drift-card";
import { driftTone } from "./drift-states";
import { HeadPlan } from "./head-plan";
import { Quarantines } from "./quarantines";
import { RegistryLinks } from "./registry-links";
import { RepositorySettings } from "./repository-settings";
import { WriteBackTable } from "./write-back-table";

export function DriftScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.git.get.queryOptions({ application }), ...useLiveQuery() });
  useServerTimeOf(query.data?.asOf);
  return (
    <QueryState query={query} name="Drift">
      {(drift) => (
        <div className="flex flex-col gap-4">
          <Sentence tone={driftTone(drift)} note={<Readings git={drift.git} />}>
            {drift.sentence}
          </Sentence>
          {drift.git?.error != null && (
            <Notice tone="breach" live>
              Git does not answer: {drift.git.error}
            </Notice>
          )}
          {drift.repository === null && <NotConnected />}
          {drift.aliases.map((alias) => (
            <AliasDriftCard key={alias.alias} drift={drift} alias={alias} />
          ))}
          <HeadPlan drift={drift} />
          <Quarantines drift={drift} />
          {drift.repository !== null && <WriteBackTable drift={drift} />}
          <RegistryLinks application={application} />
          <RepositorySettings drift={drift} />
        </div>
      )}
    </QueryState>
  );
}

/** How old git's own reading is: desired state is only as fresh as that. */
function Readings({ git }: { git: GitDrift["git"] }): ReactNode {
  if (git === null) return null;
  if (git.checkedAt === null) return "git has not been asked yet";
  return (
    <span>
      asked <Time at={git.checkedAt} precision="second" short relative />
      {git.head !== null && (
        <>
          {" "}
          · head <ShortId id={git.head.commit} label="commit" copy /> by {git.head.author}
        </>
      )}
      {git.failingSince !== null && (
        <>
          {" "}
          · no answer since <Time at={git.failingSince} short relative />
        </>
      )}
    </span>
  );
}

function NotConnected(): ReactNode {
  return (
    <EmptyState title="Keep the desired state in git" className="py-4">
      Connect a repository of prompts, releases and aliases below: a plan for every pull request, rollouts after the
      merge, and a commit that brings git back after a rollback. docs/gitops.md does it in ten minutes.
    </EmptyState>
  );
}
