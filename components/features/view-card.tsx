"use client";
/** One feature view: its fingerprints side by side, what carries it, how old its values are, and where they have moved. */
import type { ReactNode } from "react";
import type { FeatureViewItem } from "@/components/data/outputs";
import { Card, Facts } from "@/components/ui/card";
import { formatCount, formatDuration, formatShare } from "@/components/ui/format";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { ReleaseId } from "@/components/vocabulary/release";
import { DriftTable } from "./drift-table";
import { ParityHistory } from "./parity-history";
import { PointInTime } from "./point-in-time";

interface ViewProps {
  application: string;
  view: FeatureViewItem;
}

export function ViewCard({ application, view }: ViewProps): ReactNode {
  const { parity } = view;
  return (
    <Card
      id={`view-${view.view}`}
      title={view.view}
      note={
        <span className="inline-flex flex-wrap items-center gap-2">
          <ParityBadge equal={parity.equal} />
          {parity.since !== null && (
            <span>
              since <Time at={parity.since} short relative />
            </span>
          )}
        </span>
      }
    >
      <div className="flex flex-col gap-4">
        <Fingerprints view={view} />
        <Facts items={factsOf({ application, view })} />
        <ParityHistory view={view} />
        <DriftTable view={view} />
        <PointInTime application={application} view={view} />
      </div>
    </Card>
  );
}

function ParityBadge({ equal }: { equal: boolean | null }): ReactNode {
  if (equal === null) return <StatusBadge status="collecting">A side is not known</StatusBadge>;
  return equal ? (
    <StatusBadge status="pass">Same on both sides</StatusBadge>
  ) : (
    <StatusBadge status="breach">Sides differ</StatusBadge>
  );
}

/** Offline, online, and what requests said they were served with. */
function Fingerprints({ view: { parity, served } }: { view: FeatureViewItem }): ReactNode {
  const cells = [
    { title: "Evaluated with (offline)", fingerprint: parity.offline, note: null },
    { title: "Served with (online)", fingerprint: parity.online, note: null },
    ...served.map(({ arm, fingerprint, count }) => ({
      title: arm === "control" ? "Control requests carried" : "Candidate requests carried",
      fingerprint,
      note: `n=${formatCount(count)}`,
    })),
  ];
  return (
    <div className="flex flex-col gap-2">
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {cells.map(({ title, fingerprint, note }) => (
          <li key={`${title} ${fingerprint ?? ""}`} className="min-w-0">
            <div className="text-sm text-muted">{title}</div>
            <div className="flex flex-wrap items-center gap-2">
              {fingerprint === null ? <span className="text-muted">not reported</span> : <code>{fingerprint}</code>}
              {fingerprint !== null && parity.offline !== null && fingerprint !== parity.offline && (
                <StatusBadge status="breach">Not as evaluated</StatusBadge>
              )}
              {note !== null && <span className="text-sm text-muted">{note}</span>}
            </div>
          </li>
        ))}
      </ul>
      {parity.differences.map(({ setting, offline, online }) => (
        <p key={setting} className="break-words">
          <code>{setting}</code> is <code>{offline}</code> offline and <code>{online}</code> online.
        </p>
      ))}
    </div>
  );
}

function factsOf({ application, view }: ViewProps): { label: string; value: ReactNode }[] {
  const { registration, releases, staleness, evaluationSet } = view;
  return [
    {
      label: "Releases",
      value:
        releases.length === 0 ? (
          <span className="text-muted">no registered release carries it</span>
        ) : (
          <span className="inline-flex flex-wrap gap-x-3">
            {releases.map(({ releaseId, aliases }) => (
              <span key={releaseId}>
                <ReleaseId application={application} releaseId={releaseId} />
                {aliases.length > 0 && <span className="text-muted"> on {aliases.join(", ")}</span>}
              </span>
            ))}
          </span>
        ),
    },
    {
      label: "Registered",
      value:
        registration === null ? (
          <span className="text-muted">no: its parity is required at the gate once it is</span>
        ) : (
          <>
            revision {registration.revision} by {registration.by} <Time at={registration.at} short relative />
            {registration.sources.length > 0 && ` · from ${registration.sources.join(", ")}`}
            {registration.definition !== null && <Definition definition={registration.definition} />}
          </>
        ),
    },
    { label: "Age of values", value: staleness === null ? NO_AGE : ageWords(staleness, registration?.ttlMs ?? null) },
    {
      label: "Point in time",
      value:
        evaluationSet === null ? (
          <span className="text-muted">not checked: no evaluation set was handed in</span>
        ) : evaluationSet.leaks === 0 ? (
          <StatusBadge status="pass" quiet>
            none of {formatCount(evaluationSet.rows)} rows of {evaluationSet.suite} saw the future
          </StatusBadge>
        ) : (
          <StatusBadge status="breach">
            {formatCount(evaluationSet.leaks)} values of {evaluationSet.suite} are from after their event
          </StatusBadge>
        ),
    },
  ];
}

const NO_AGE = <span className="text-muted">no served value carried its own time</span>;

function ageWords(staleness: NonNullable<FeatureViewItem["staleness"]>, ttlMs: number | null): ReactNode {
  const { count, staleCount, medianAgeMs, oldestAgeMs, futureCount } = staleness;
  const ages =
    medianAgeMs === null || oldestAgeMs === null
      ? "no age is known"
      : `median ${formatDuration(medianAgeMs)}, oldest ${formatDuration(oldestAgeMs)}`;
  const future = futureCount === 0 ? "" : `; ${formatCount(futureCount)} from after their request`;
  if (staleCount === null || ttlMs === null)
    return `${ages}${future} (n=${formatCount(count)}); no time to live is registered`;
  const text = `${ages}; ${formatCount(staleCount)} of ${formatCount(count)} (${formatShare(staleCount / count)}) older than ${formatDuration(ttlMs)}${future}`;
  return staleCount === 0 ? text : <StatusBadge status="review">{text}</StatusBadge>;
}

/** Of an imported view: which part of its definition a change would touch. */
function Definition({ definition }: { definition: Record<string, string> }): ReactNode {
  return (
    <div className="text-sm break-words text-muted">
      imported definition:{" "}
      {Object.entries(definition)
        .map(([part, hash]) => `${part} ${hash.slice(0, 8)}`)
        .join(", ")}
    </div>
  );
}
