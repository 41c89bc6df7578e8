"use client";
/** One rollout: what it says, where it stands, what a person may do, everything that happened. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { RolloutDetail } from "@/components/data/outputs";
import { QueryState, useServerTimeOf } from "@/components/data/query-state";
import { ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useFreshness } from "@/components/ui/freshness";
import type { Tone } from "@/components/ui/sentence";
import { Time } from "@/components/ui/time";
import { FreshSentence } from "@/components/vocabulary/fresh-sentence";
import { comparePath, incidentPath, policyEditorPath, policyVersionPath } from "@/components/vocabulary/paths";
import { ChangeChips, ReleaseName } from "@/components/vocabulary/release";
import { isLive, RolloutStateBadge } from "@/components/vocabulary/states";
import { Evaluations } from "./evaluations";
import { Evidence } from "./evidence";
import { Forecast } from "./forecast";
import { RolloutActions } from "./rollout-actions";
import { StateRail } from "./state-rail";
import { Transitions } from "./transitions";

export function RolloutScreen({ rolloutId }: { rolloutId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.rollouts.get.queryOptions({ rolloutId }), ...useLiveQuery() });
  useServerTimeOf(query.data?.freshness.asOf);
  return (
    <QueryState query={query} name="The rollout">
      {(rollout) => <RolloutContent rollout={rollout} />}
    </QueryState>
  );
}

function toneOf(rollout: RolloutDetail): Tone {
  if (rollout.state === "rolled_back" || rollout.decision === "rollback") return "breach";
  if (rollout.state === "paused" || rollout.decision === "pause_for_review") return "review";
  if (rollout.state === "promoted") return "ok";
  return isLive(rollout.state) ? "info" : "neutral";
}

function RolloutContent({ rollout }: { rollout: RolloutDetail }): ReactNode {
  const freshness = useFreshness(rollout.freshness);
  const live = isLive(rollout.state);
  // An ended rollout is history: late data cannot make it uncertain.
  const isStale = live && (freshness === "stale" || freshness === "unreachable");
  const judgedFreshness = live ? rollout.freshness : { ...rollout.freshness, state: "fresh" as const };
  return (
    <div className="flex flex-col gap-4">
      <FreshSentence tone={toneOf(rollout)} freshness={judgedFreshness} note={<Under rollout={rollout} />}>
        {rollout.sentence}
      </FreshSentence>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <ReleaseName release={rollout.candidate} copy />
        <span className="text-muted">→ {rollout.alias}</span>
        <RolloutStateBadge state={rollout.state} />
        <span className="flex flex-wrap gap-2 sm:ml-auto">
          <ButtonLink aria-keyshortcuts="c" href={comparePath(rollout.application, rollout.id)}>
            Compare with control
          </ButtonLink>
          {rollout.incidentId !== null && (
            <ButtonLink href={incidentPath(rollout.application, rollout.incidentId)}>Incident</ButtonLink>
          )}
        </span>
      </div>
      <StateRail rollout={rollout} />
      {live && <RolloutActions rollout={rollout} />}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Evidence rollout={rollout} stale={isStale} />
          {live && <Forecast rolloutId={rollout.id} />}
          <Evaluations rolloutId={rollout.id} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Card title="Changed against control">
            <ChangeChips changes={rollout.changes} none="nothing but provenance" />
          </Card>
          <Transitions rollout={rollout} />
          <Card
            title="Policy"
            note={
              <Link href={policyVersionPath(rollout.application, rollout.policy)} className="quiet-link">
                {rollout.policy.name} v{rollout.policy.version}
              </Link>
            }
            actions={
              <Link
                href={policyEditorPath(rollout.application, rollout.policy.name, rollout.id)}
                className="quiet-link text-sm"
              >
                Try another on this rollout
              </Link>
            }
          >
            <ol className="flex list-decimal flex-col gap-1 pl-5">
              {rollout.policySentences.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ol>
            <p className="text-muted mt-3">{rollout.falseAlarms.sentence}</p>
          </Card>
        </div>
      </div>
    </div>
  );
}

function Under({ rollout }: { rollout: RolloutDetail }): ReactNode {
  return (
    <>
      started <Time at={rollout.startedAt} short relative /> by {rollout.startedBy.label}
      {rollout.evaluation !== null && (
        <>
          {" · judged "}
          <Time at={rollout.evaluation.at} precision="second" short />
        </>
      )}
      {rollout.incidentId !== null && (
        <>
          {" · "}
          <Link href={incidentPath(rollout.application, rollout.incidentId)} className="quiet-link">
            incident
          </Link>
        </>
      )}
    </>
  );
}
