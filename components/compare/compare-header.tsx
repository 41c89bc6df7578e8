/** Who is compared with whom, what differs between them, and whether the traffic was split as configured. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { Compare } from "@/components/data/outputs";
import { formatCount, formatShare } from "@/components/ui/format";
import { Notice } from "@/components/ui/states";
import { incidentPath, releasePath, requestsPath, rolloutPath } from "@/components/vocabulary/paths";
import { ChangeChips, ReleaseName } from "@/components/vocabulary/release";
import { RolloutStateBadge } from "@/components/vocabulary/states";

function Side(props: { mark: string; colour: string; title: string; count: number; children: ReactNode }): ReactNode {
  return (
    <div className="min-w-0 flex-1 basis-56 bg-bg px-3 py-2">
      <div className="flex items-center gap-2 text-sm text-muted">
        <span aria-hidden="true" style={{ color: props.colour }}>
          {props.mark}
        </span>
        {props.title}
        <span className="ml-auto">n={formatCount(props.count)}</span>
      </div>
      <div className="mt-0.5">{props.children}</div>
    </div>
  );
}

/** The candidate's requests of the range: what the figures are made of. */
function examplesPath({ application, candidate, mode, range }: Compare): string {
  return requestsPath(application, {
    releaseId: candidate.releaseId,
    track: mode,
    from: range.from,
    to: range.to,
  });
}

export function CompareHeader({ compare }: { compare: Compare }): ReactNode {
  const { traffic, rollout } = compare;
  const isShadow = compare.mode === "shadow";
  return (
    <section aria-label="What is compared" className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-px overflow-hidden rounded-md border border-hairline bg-hairline">
        <Side
          mark="●"
          colour={isShadow ? "var(--se-shadow)" : "var(--se-candidate)"}
          title={isShadow ? "Candidate, shadow" : "Candidate"}
          count={traffic.candidateCount}
        >
          <ReleaseName release={compare.candidate} copy />
        </Side>
        <Side mark="—" colour="var(--se-control)" title="Control, at the same time" count={traffic.controlCount}>
          {compare.control === null ? (
            <span className="text-muted">none served at the same time</span>
          ) : (
            <ReleaseName release={compare.control} copy />
          )}
        </Side>
        <div className="min-w-0 flex-1 basis-56 bg-bg px-3 py-2">
          <div className="flex items-center gap-2 text-sm text-muted">
            {isShadow ? "Shadowed share" : "Candidate’s share"}
            {rollout !== null && (
              <Link href={rolloutPath(compare.application, rollout.id)} className="quiet-link ml-auto">
                rollout
              </Link>
            )}
          </div>
          <div className="mt-0.5 flex flex-wrap items-center gap-x-2">
            <span>
              {formatShare(traffic.observedShare)} observed{" "}
              <span className="text-muted">of {formatShare(traffic.configuredShare)} configured</span>
            </span>
            {rollout !== null && <RolloutStateBadge state={rollout.state} />}
          </div>
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-muted">Changed:</span>
        <ChangeChips changes={compare.changes} none="nothing but provenance" />
        <span className="ml-auto flex flex-wrap gap-x-4">
          <Link href={examplesPath(compare)} className="quiet-link" aria-keyshortcuts="e">
            The candidate’s requests
          </Link>
          <Link
            href={releasePath(compare.application, compare.candidate.releaseId)}
            className="quiet-link"
            aria-keyshortcuts="d"
          >
            Its manifest
          </Link>
          {compare.incidentId !== null && (
            <Link href={incidentPath(compare.application, compare.incidentId)} className="quiet-link">
              Incident
            </Link>
          )}
        </span>
      </div>
      {traffic.warning !== null && <Notice tone="review">{traffic.warning}</Notice>}
    </section>
  );
}
