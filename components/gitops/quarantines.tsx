"use client";
/** Releases that a rollback or break-glass took out: each may come back when a person says so, with a reason. */
import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { GitDrift } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Card } from "@/components/ui/card";
import { ReasonForm } from "@/components/ui/reason-form";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { incidentPath } from "@/components/vocabulary/paths";
import { causeWord, ReleaseName } from "@/components/vocabulary/release";
import { useGitSettled } from "./use-git-action";

type Quarantine = GitDrift["quarantines"][number];

export function Quarantines({ drift }: { drift: GitDrift }): ReactNode {
  const { application, quarantines } = drift;
  return (
    <Card title="Quarantined releases" note="plans, applies and rollouts refuse them" flush>
      {quarantines.length === 0 ? (
        <p className="px-3 py-3 text-muted">No release is kept away from any alias.</p>
      ) : (
        <ul className="divide-y divide-hairline">
          {quarantines.map((held) => (
            <Held key={`${held.alias} ${held.release.releaseId}`} application={application} held={held} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Held({ application, held }: { application: string; held: Quarantine }): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const clear = useMutation(trpc.git.clearQuarantine.mutationOptions(useGitSettled()));
  const { alias, release, cause, reason, incidentId, since } = held;
  return (
    <li className="flex flex-col gap-2 px-3 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <ReleaseName release={release} copy />
        <span className="text-muted">kept away from {alias}</span>
      </div>
      <div className="text-sm break-words text-muted">
        {causeWord(cause)} <Time at={since} short relative />: {reason}
        {incidentId !== null && (
          <>
            {" "}
            ·{" "}
            <Link href={incidentPath(application, incidentId)} className="quiet-link">
              incident
            </Link>
          </>
        )}
      </div>
      <ReasonForm
        title={`Let ${release.releaseId.slice(0, SHORT_ID_LENGTH)} come back to ${alias}`}
        hint="Why it is good after all. Kept in the audit log and the incident."
        disabledReason={roleReason(me, "release_manager")}
        pending={clear.isPending}
        problem={clear.error === null ? null : failureOf(clear.error).detail}
        onSubmit={(given) => clear.mutate({ application, alias, releaseId: release.releaseId, reason: given })}
      />
    </li>
  );
}
