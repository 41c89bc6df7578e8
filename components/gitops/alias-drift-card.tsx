"use client";
/** One alias: git's word, the ledger's and telemetry's, apart, each with its age; and what brings them together. */
import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { AliasDrift, GitDrift } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Card, Facts } from "@/components/ui/card";
import { ExternalLink } from "@/components/ui/external-link";
import { formatCount, formatShare } from "@/components/ui/format";
import { ReasonForm } from "@/components/ui/reason-form";
import { ShortId } from "@/components/ui/short-id";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { incidentPath, rolloutPath } from "@/components/vocabulary/paths";
import { causeWord, ReleaseId, ReleaseName } from "@/components/vocabulary/release";
import { RolloutStateBadge } from "@/components/vocabulary/states";
import { DriftBadge, WriteBackBadge } from "./drift-states";
import { useGitSettled } from "./use-git-action";

interface AliasProps {
  drift: GitDrift;
  alias: AliasDrift;
}

export function AliasDriftCard({ drift, alias }: AliasProps): ReactNode {
  return (
    <Card
      title={alias.alias}
      note={
        <span className="inline-flex flex-wrap items-center gap-2">
          <DriftBadge state={alias.state} latched={alias.latched} />
          <span>
            since <Time at={alias.since} short relative />
          </span>
        </span>
      }
    >
      <div className="flex flex-col gap-4">
        {alias.sentence !== drift.sentence && <p>{alias.sentence}</p>}
        <div className="grid gap-4 md:grid-cols-3">
          <Desired alias={alias} />
          <Running alias={alias} />
          <Observed application={drift.application} alias={alias} />
        </div>
        <Between application={drift.application} alias={alias} />
        <Reconcile drift={drift} alias={alias} />
      </div>
    </Card>
  );
}

function Column({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0">
      <h3 className="mb-1 text-sm font-medium text-muted">{title}</h3>
      {children}
    </div>
  );
}

function Desired({ alias: { desired } }: { alias: AliasDrift }): ReactNode {
  return (
    <Column title="Git declares">
      <div className="break-words">
        <code>{desired.reference}</code> {desired.release !== null && <ReleaseName release={desired.release} />}
      </div>
      <div className="text-sm break-words text-muted">
        <code>{desired.path}</code> at <ShortId id={desired.commit} label="commit" copy /> · seen{" "}
        <Time at={desired.since} short relative />
      </div>
    </Column>
  );
}

function Running({ alias: { running } }: { alias: AliasDrift }): ReactNode {
  return (
    <Column title="The alias points at">
      {running === null ? (
        <span className="text-muted">nothing yet</span>
      ) : (
        <>
          <ReleaseName release={running.release} copy />
          <div className="text-sm text-muted">
            <Time at={running.since} short relative />
            {running.move !== null && (
              <>
                {" "}
                · {causeWord(running.move.cause)} by {running.move.actor.label}: {running.move.reason}
              </>
            )}
          </div>
        </>
      )}
    </Column>
  );
}

function Observed({ application, alias: { observed } }: { application: string; alias: AliasDrift }): ReactNode {
  return (
    <Column title="Answers of the last 5 min">
      {observed.length === 0 ? (
        <span className="text-muted">no traffic</span>
      ) : (
        <ul>
          {observed.map(({ releaseId, share, count }) => (
            <li key={releaseId ?? "none"} className="flex flex-wrap gap-x-2">
              {releaseId === null ? (
                <span className="text-muted">no release named</span>
              ) : (
                <ReleaseId application={application} releaseId={releaseId} />
              )}
              <span>{formatShare(share)}</span>
              <span className="text-muted">n={formatCount(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </Column>
  );
}

/** What stands between the two: a rollout on its way, a quarantine, a commit that waits. */
function Between({ application, alias }: { application: string; alias: AliasDrift }): ReactNode {
  const { rollout, quarantine, patch, writeBack } = alias;
  const items = [
    ...(rollout === null
      ? []
      : [
          {
            label: "Rollout",
            value: (
              <Link href={rolloutPath(application, rollout.id)} className="quiet-link">
                {rollout.id} <RolloutStateBadge state={rollout.state} quiet />
              </Link>
            ),
          },
        ]),
    ...(quarantine === null
      ? []
      : [
          {
            label: "Held back",
            value: (
              <>
                {causeWord(quarantine.cause)} <Time at={quarantine.since} short relative />: {quarantine.reason}{" "}
                {quarantine.incidentId !== null && (
                  <Link href={incidentPath(application, quarantine.incidentId)} className="quiet-link">
                    incident
                  </Link>
                )}
                <div className="text-muted">It ends when {quarantine.ends}.</div>
              </>
            ),
          },
        ]),
    ...(patch === null ? [] : [{ label: "Change", value: <Patch patch={patch} alias={alias.alias} /> }]),
    ...(writeBack === null
      ? []
      : [
          {
            label: "Write-back",
            value: (
              <>
                <WriteBackBadge status={writeBack.status} /> {writeBack.message}{" "}
                {writeBack.url !== null && <ExternalLink href={writeBack.url}>open the request</ExternalLink>}
                <div className="text-sm text-muted">
                  <Time at={writeBack.updatedAt} short relative />
                </div>
              </>
            ),
          },
        ]),
  ];
  return items.length === 0 ? null : <Facts items={items} />;
}

function Patch(props: { patch: NonNullable<AliasDrift["patch"]>; alias: string }): ReactNode {
  const { path, from, to } = props.patch;
  return (
    <div className="font-mono text-sm">
      <div className="font-sans text-muted">
        the one value of <code>{path}</code> that a write-back changes
      </div>
      <div className="break-words">
        <span className="sr-only">before: </span>- {props.alias}: {from}
      </div>
      <div className="break-words">
        <span className="sr-only">after: </span>+ {props.alias}: {to}
      </div>
    </div>
  );
}

/** Only where git is to follow: a rollout on its way brings the other side. */
function Reconcile({ drift, alias }: AliasProps): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const reconcile = useMutation(trpc.git.reconcile.mutationOptions(useGitSettled()));
  if (alias.patch === null || alias.rollout !== null) return null;
  const off = drift.repository?.writeBack === "off" ? "Write-back is off in the settings below" : null;
  if (reconcile.isSuccess) {
    return (
      <output className="text-muted">
        Asked for: the controller writes it at its next tick, and this page shows what came of it.
      </output>
    );
  }
  return (
    <ReasonForm
      title={`Let git declare what ${alias.alias} runs`}
      hint="Goes into the commit and the audit log."
      disabledReason={roleReason(me, "on_call") ?? off}
      pending={reconcile.isPending}
      problem={reconcile.error === null ? null : failureOf(reconcile.error).detail}
      onSubmit={(reason) => reconcile.mutate({ application: drift.application, alias: alias.alias, reason })}
    />
  );
}
