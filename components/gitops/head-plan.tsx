"use client";
/** What applying the branch's head would change, as a pull request shows it; and applying it. */
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { GitApplied, GitDrift, GitPlan } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ShortId } from "@/components/ui/short-id";
import { Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { renderPlan } from "@/server/domain/gitops/render-plan";
import { PlanBadge } from "./drift-states";
import { useGitSettled } from "./use-git-action";

export function HeadPlan({ drift }: { drift: GitDrift }): ReactNode {
  const { plan, git } = drift;
  if (plan === null) return null;
  // The title says what the first two lines do.
  const [, , ...lines] = renderPlan(plan);
  return (
    <Card
      title="Plan of the branch’s head"
      note={
        <span className="inline-flex flex-wrap items-center gap-x-2">
          <PlanBadge verdict={plan.verdict} />
          <ShortId id={plan.commit} label="commit" copy />
          {git?.head != null && (
            <span>
              by {git.head.author} <Time at={git.head.committedAt} short relative />
            </span>
          )}
        </span>
      }
    >
      <div className="flex flex-col gap-3">
        <pre className="text-sm break-words whitespace-pre-wrap">{lines.join("\n")}</pre>
        <Apply drift={drift} verdict={plan.verdict} />
      </div>
    </Card>
  );
}

function Apply({ drift, verdict }: { drift: GitDrift; verdict: GitPlan["verdict"] }): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const apply = useMutation(trpc.git.applyHead.mutationOptions(useGitSettled()));
  const { application } = drift;
  const blocked = roleReason(me, "release_manager") ?? (verdict === "in_sync" ? "There is nothing to apply" : null);
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          kind={verdict === "changes" ? "primary" : "plain"}
          disabledReason={blocked}
          pendingLabel={apply.isPending ? "Requesting…" : null}
          onClick={() => apply.mutate({ application })}
        >
          Apply the head
        </Button>
        <LastApplied drift={drift} />
      </div>
      {apply.error !== null && (
        <Notice tone="breach" live>
          {failureOf(apply.error).detail}
        </Notice>
      )}
      {apply.data !== undefined && <Outcome applied={apply.data} />}
    </>
  );
}

function LastApplied({ drift: { git, repository } }: { drift: GitDrift }): ReactNode {
  const applied = git?.applied ?? null;
  if (applied === null) return null;
  return (
    <span className="text-sm text-muted">
      last applied <ShortId id={applied.commit} label="commit" /> <Time at={applied.at} short relative />
      {repository?.autoApply === true && ", by itself"}
    </span>
  );
}

function Outcome({ applied }: { applied: GitApplied }): ReactNode {
  const { verdict, aliases } = applied;
  return (
    <Notice tone={verdict === "applied" ? "info" : "review"} live>
      {verdict === "refused" && aliases.length === 0 ? "Nothing was applied: see the findings above." : null}
      <ul>
        {aliases.map(({ alias, outcome, message }) => (
          <li key={alias}>
            {alias}: {outcome.replace("_", " ")}: {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
