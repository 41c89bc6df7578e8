/** The parts of the rollback panel that inform: target, what changes, blast radius. */
import type { ReactNode } from "react";
import type { RollbackPreview } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { formatCount, formatShare, formatSignificant } from "@/components/ui/format";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Time } from "@/components/ui/time";
import { countWords } from "@/server/domain/words/count-words";
import { PartialTargets } from "./partial-targets";
import { ChangeChips, ReleaseName } from "@/components/vocabulary/release";

function Section(props: { title: string; children: ReactNode }): ReactNode {
  return (
    <section className="flex flex-col gap-1.5">
      <h2 className="font-semibold">{props.title}</h2>
      {props.children}
    </section>
  );
}

export function Target(props: { preview: RollbackPreview; onChoose: (releaseId: string) => void }): ReactNode {
  const { preview, onChoose } = props;
  const target = preview.target;
  const others = preview.alternatives.filter((each) => each.release.releaseId !== target?.release.releaseId);
  return (
    <Section title="Target">
      {target === null ? (
        <p className="text-review-fg">{preview.targetMissingReason}</p>
      ) : (
        <div className="rounded-md border border-primary px-3 py-2">
          <ReleaseName release={target.release} copy className="text-md font-medium" />
          <p className="text-muted">
            {target.why}
            {target.lastServedAt !== null && (
              <>
                {" "}
                Last served <Time at={target.lastServedAt} short relative />.
              </>
            )}
          </p>
          <ul className="mt-2 flex flex-col gap-1">
            {target.readiness.map((each) => (
              <li key={each.name} className="flex items-start gap-2 text-sm">
                <StatusGlyph
                  status={readyMark(each.ok).status}
                  className={classNames("mt-0.75", each.ok === false ? "text-review-fg" : "text-muted")}
                />
                <span>
                  <span className="font-medium">{each.name}</span>
                  <span className="sr-only">, {readyMark(each.ok).word}</span>
                  <span className="text-muted">: {each.detail}</span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {others.length > 0 && <Alternatives others={others} onChoose={onChoose} />}
      <PartialTargets preview={preview} onChoose={onChoose} />
    </Section>
  );
}

/** What is not known is neither ready nor an open point. */
function readyMark(ok: boolean | null): { status: Status; word: string } {
  if (ok === null) return { status: "collecting", word: "not known" };
  return ok ? { status: "pass", word: "ready" } : { status: "review", word: "open point" };
}

function Alternatives(props: {
  others: RollbackPreview["alternatives"];
  onChoose: (releaseId: string) => void;
}): ReactNode {
  return (
    <details>
      <summary className="min-h-8 py-1.5 text-muted">Choose another target ({props.others.length})</summary>
      <ul className="mt-1 flex flex-col divide-y divide-hairline rounded-md border border-hairline">
        {props.others.map((each) => (
          <li key={each.release.releaseId} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <ReleaseName release={each.release} />
            <span className="text-sm text-muted">{each.reason}</span>
            {each.eligible && (
              <button
                type="button"
                className="ml-auto min-h-8 rounded-md border border-control px-2 text-sm font-medium"
                onClick={() => props.onChoose(each.release.releaseId)}
              >
                Use {each.release.releaseId.slice(0, SHORT_ID_LENGTH)}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

export function WhatChanges({ preview }: { preview: RollbackPreview }): ReactNode {
  const { target } = preview;
  if (target === null) return null;
  const short = (id: string): string => id.slice(0, SHORT_ID_LENGTH);
  return (
    <Section title="What changes">
      <p>
        {preview.alias} will serve <code>{short(target.release.releaseId)}</code> again.{" "}
        <code>{short(preview.from.releaseId)}</code> stops receiving traffic.
      </p>
      <ChangeChips changes={target.changes} none="The two releases have the same components." />
    </Section>
  );
}

export function BlastRadius({ preview }: { preview: RollbackPreview }): ReactNode {
  const { requestsPerMinute, share, subjects, regions, rolloutsThatEnd } = preview.blastRadius;
  const facts = [
    requestsPerMinute === null ? null : `${formatSignificant(requestsPerMinute)} requests a minute`,
    share === null ? null : `${formatShare(share)} of all requests now`,
    subjects === null ? null : `${formatCount(subjects)} subjects`,
  ].filter((fact) => fact !== null);
  return (
    <Section title="Whom it touches">
      <p>{facts.length === 0 ? "No traffic is measured on the release that stops." : facts.join(" · ")}</p>
      {regions.length > 0 && (
        <p className="text-muted">{regions.map((each) => `${each.region} ${formatCount(each.count)}`).join(" · ")}</p>
      )}
      {rolloutsThatEnd.map((rollout) => (
        <p key={rollout.id} className="text-muted">
          Ends the rollout of <code>{rollout.candidate.slice(0, SHORT_ID_LENGTH)}</code> (now {rollout.state}
          {rollout.approvals > 0 &&
            `, ${countWords(rollout.approvals, "approval")} fall${rollout.approvals === 1 ? "s" : ""}`}
          ).
        </p>
      ))}
    </Section>
  );
}

/** What gateways say of themselves. What they really serve shows in the traffic, after the rollback. */
export function Gateways({ preview }: { preview: RollbackPreview }): ReactNode {
  const { gateways, revision } = preview;
  const behind = gateways.filter((each) => each.behind).length;
  return (
    <Section title="Gateways">
      {gateways.length === 0 ? (
        <p className="text-muted">
          No gateway reports what it runs: after the rollback the traffic tells whether they follow.
        </p>
      ) : (
        <details open={behind > 0}>
          <summary className="min-h-8 py-1.5">
            {gateways.length - behind} of {countWords(gateways.length, "known gateway")} run revision {revision}
            {behind > 0 && (
              <span className="text-review-fg">; {behind} behind, which will follow late or not at all</span>
            )}
          </summary>
          <ul className="flex flex-col gap-1 text-sm">
            {gateways.map((each) => (
              <li key={each.gateway} className={each.behind ? "text-review-fg" : "text-muted"}>
                {each.gateway}
                {each.region !== null && ` (${each.region})`} runs{" "}
                <code>{each.releaseId.slice(0, SHORT_ID_LENGTH)}</code>, revision {each.revision}, last heard{" "}
                <Time at={each.lastSeenAt} short relative />
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

export function WillNotUndo({ lines }: { lines: readonly string[] }): ReactNode {
  return (
    <Section title="What this will not undo">
      <ul className="list-disc pl-4 text-muted">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </Section>
  );
}
