"use client";
/** One release: its manifest against the last good one, its gates, its rollouts, and the way back to it. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ReleaseManifest } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { ManifestList } from "@/components/requests/trace-manifest";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { ExternalLink } from "@/components/ui/external-link";
import { Sentence } from "@/components/ui/sentence";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { EmptyState, Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { comparePairPath, incidentPath, requestsPath, rolloutPath } from "@/components/vocabulary/paths";
import { RolloutStateBadge } from "@/components/vocabulary/states";
import { ManifestCard, useBaseline } from "./baseline";
import { GateTable } from "./gate-results";

export function ReleaseScreen(props: { application: string; releaseId: string }): ReactNode {
  const { application, releaseId } = props;
  const trpc = useTRPC();
  const query = useQuery(trpc.releases.get.queryOptions({ application, releaseId }));
  return (
    <QueryState query={query} name={`Release ${releaseId}`}>
      {(release) => <ReleaseContent release={release} />}
    </QueryState>
  );
}

function ReleaseContent({ release }: { release: ReleaseManifest }): ReactNode {
  return (
    <div className="flex flex-col gap-4">
      <Sentence
        tone={release.bad !== null ? "breach" : "neutral"}
        note={
          <span className="inline-flex flex-wrap items-center gap-x-1">
            <code>{release.releaseId}</code>
            <CopyButton text={release.releaseId} label="release id" />
            <span>
              registered <Time at={release.createdAt} relative />
            </span>
          </span>
        }
      >
        {release.sentence}
      </Sentence>
      <Actions release={release} />
      {release.bad !== null && (
        <Notice tone="breach">
          Marked bad <Time at={release.bad.at} short relative />: {release.bad.reason}{" "}
          {release.bad.incidentId !== null && (
            <Link href={incidentPath(release.application, release.bad.incidentId)} className="quiet-link">
              Incident
            </Link>
          )}
        </Notice>
      )}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]">
        <Manifest release={release} />
        <div className="flex min-w-0 flex-col gap-4">
          <GateResults release={release} />
          <Rollouts release={release} />
          <Provenance release={release} />
        </div>
      </div>
    </div>
  );
}

function Actions({ release }: { release: ReleaseManifest }): ReactNode {
  const openRollback = useOpenRollback();
  const me = useMe();
  const { application, releaseId } = release;
  const [baseline] = useBaseline();
  const against = baseline ?? release.changesFromKnownGood?.knownGood.releaseId;
  const serves = release.aliases.includes("production");
  const blocked = serves ? "It serves production already" : roleReason(me, "on_call");
  return (
    <div className="flex flex-wrap items-center gap-2">
      {against !== undefined && against !== releaseId && (
        <ButtonLink
          aria-keyshortcuts="d"
          href={comparePairPath(application, { candidate: releaseId, control: against })}
        >
          Compare with {against.slice(0, SHORT_ID_LENGTH)}
        </ButtonLink>
      )}
      <ButtonLink href={requestsPath(application, { releaseId })}>Its requests</ButtonLink>
      <Button disabledReason={blocked} onClick={() => openRollback({ alias: "production", to: releaseId })}>
        Roll back to this…
      </Button>
    </div>
  );
}

function Manifest({ release }: { release: ReleaseManifest }): ReactNode {
  const { changesFromKnownGood, application, releaseId } = release;
  return (
    <ManifestCard
      title="Manifest"
      application={application}
      releaseId={releaseId}
      knownGood={
        changesFromKnownGood === null
          ? null
          : { release: changesFromKnownGood.knownGood, changes: changesFromKnownGood.changes }
      }
      knownGoodWords="last known good"
    >
      {(changes) => (
        <>
          <ManifestList
            application={application}
            components={release.components}
            changes={changes}
            digests={release.digests}
          />
          <div className="border-t border-hairline px-3 py-2 text-sm break-all text-muted">
            sha256 <code>{release.digest}</code>
          </div>
        </>
      )}
    </ManifestCard>
  );
}

function GateResults({ release }: { release: ReleaseManifest }): ReactNode {
  if (release.gateChecks.length > 0) {
    return (
      <Card title="Gate results" note="the newest of each suite" flush>
        <GateTable gates={release.gateChecks} />
      </Card>
    );
  }
  return (
    <Card title="Gate results">
      <EmptyState
        title="None yet"
        className="px-0 py-2"
        command={`switchback gate --candidate ${release.releaseId} --results results.json`}
      >
        A pipeline sends golden-set results; they are compared with the baseline’s.
      </EmptyState>
    </Card>
  );
}

function Rollouts({ release }: { release: ReleaseManifest }): ReactNode {
  return (
    <Card title="Rollouts">
      {release.rollouts.length === 0 ? (
        <p className="text-muted">It has not been rolled out.</p>
      ) : (
        <ul className="flex flex-col gap-3">
          {release.rollouts.map((rollout) => (
            <li key={rollout.id}>
              <p className="flex flex-wrap items-center gap-2">
                <Link
                  href={rolloutPath(release.application, rollout.id)}
                  className="quiet-link font-medium"
                  data-row-link=""
                >
                  to {rollout.alias}
                </Link>
                <RolloutStateBadge state={rollout.state} />
                <Time at={rollout.startedAt} short className="text-sm text-muted" />
              </p>
              <p className="text-muted">{rollout.sentence}</p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Provenance({ release }: { release: ReleaseManifest }): ReactNode {
  return (
    <Card
      title="Provenance"
      note={release.provenance.length > 1 ? `registered ${release.provenance.length}×` : undefined}
    >
      <div className="flex flex-col gap-4">
        {release.provenance.map((each) => (
          <Facts
            key={each.registeredAt}
            items={[
              { label: "Registered", value: <Time at={each.registeredAt} /> },
              { label: "By", value: each.registeredBy },
              { label: "Author", value: each.author ?? "n/a" },
              {
                label: "Commit",
                value: each.gitCommit === null ? "n/a" : <code className="break-all">{each.gitCommit}</code>,
              },
              {
                label: "Pipeline",
                value:
                  each.pipelineUrl === null ? (
                    "n/a"
                  ) : (
                    <ExternalLink href={each.pipelineUrl}>{each.pipelineUrl}</ExternalLink>
                  ),
              },
            ]}
          />
        ))}
      </div>
    </Card>
  );
}
