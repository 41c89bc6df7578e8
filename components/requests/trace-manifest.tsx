/** What served the request, component by component, against the release that was last good; and which change to suspect. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { ComponentChange, RequestTrace } from "@/components/data/outputs";
import { ManifestCard } from "@/components/releases/baseline";
import { Card } from "@/components/ui/card";
import { classNames } from "@/components/ui/class-names";
import { ExternalLink } from "@/components/ui/external-link";
import { Notice } from "@/components/ui/states";
import { StatusGlyph } from "@/components/ui/status-glyph";
import { componentPath } from "@/components/vocabulary/paths";
import { kindOf, parseReference } from "@/server/domain/release/component-map";
import { ReleaseName, changeText } from "@/components/vocabulary/release";

export function Suspects({ trace }: { trace: RequestTrace }): ReactNode {
  if (trace.suspects.length === 0) return null;
  return (
    <Card title="Suspects" note="changed components, strongest first" flush>
      <ol className="divide-y divide-hairline">
        {trace.suspects.map((suspect, index) => (
          <li key={suspect.change.kind} className="flex gap-3 px-3 py-2.5">
            <span className="w-4 shrink-0 text-right text-muted">{index + 1}</span>
            <div className="min-w-0">
              <p className="font-mono text-sm font-medium break-all">{changeText(suspect.change)}</p>
              <ul className="mt-1 list-disc pl-4 text-muted">
                {suspect.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

interface ManifestRow {
  kind: string;
  value: string | null;
  change: ComponentChange | undefined;
}

/** Changed rows first; removed components have no value of their own. */
export function manifestRows(
  components: Readonly<Record<string, string>>,
  changes: readonly ComponentChange[],
): ManifestRow[] {
  const byKind = new Map(changes.map((change) => [change.kind, change]));
  const kinds = [...new Set([...Object.keys(components), ...byKind.keys()])].toSorted();
  return kinds
    .map((kind) => ({ kind, value: components[kind] ?? null, change: byKind.get(kind) }))
    .toSorted((left, right) => Number(right.change !== undefined) - Number(left.change !== undefined));
}

function Was({ change }: { change: ComponentChange }): ReactNode {
  if (change.from === null) return <span className="text-review-fg">new</span>;
  if (change.to === null) return <span className="text-review-fg">removed, was {change.from}</span>;
  return (
    <span className="text-review-fg">
      was <span className="break-all">{change.from}</span>
    </span>
  );
}

/** Leads to the component's other versions and releases. */
function ComponentValue(props: { application: string; kind: string; value: string | null }): ReactNode {
  const parsed = props.value === null ? undefined : parseReference(props.value);
  if (parsed === undefined) return props.value;
  const { name, version } = parsed;
  return (
    <Link href={componentPath(props.application, { kind: kindOf(props.kind), name, version })} className="quiet-link">
      {props.value}
    </Link>
  );
}

/** The components of a release, one row each, with what they were before. */
export function ManifestList(props: {
  application: string;
  components: Readonly<Record<string, string>>;
  changes: readonly ComponentChange[];
  digests?: Readonly<Record<string, string>>;
}): ReactNode {
  return (
    <dl className="divide-y divide-hairline">
      {manifestRows(props.components, props.changes).map((row) => (
        <div key={row.kind} className="grid grid-cols-[minmax(0,9rem)_minmax(0,1fr)] gap-x-3 px-3 py-1.5">
          <dt
            className={classNames(
              "flex items-center gap-1.5 break-all",
              row.change === undefined ? "text-muted" : "font-semibold",
            )}
          >
            {row.change !== undefined && <StatusGlyph status="review" className="text-review" />}
            {row.kind}
          </dt>
          <dd className="min-w-0 font-mono text-sm leading-5 break-all">
            <ComponentValue application={props.application} kind={row.kind} value={row.value} />{" "}
            {props.digests?.[row.kind] !== undefined && <span className="text-muted">{props.digests[row.kind]} </span>}
            {row.change !== undefined && <Was change={row.change} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function ServedManifest({ trace }: { trace: RequestTrace }): ReactNode {
  const { release, request, changedSinceKnownGood } = trace;
  if (release === null) {
    return (
      <Card title="Served manifest">
        <Notice tone="review">
          {request.releaseId === null
            ? "The gateway sent no release id, and no alias tells which release served this request."
            : `Release ${request.releaseId} was never registered: its components are unknown.`}
        </Notice>
      </Card>
    );
  }
  return (
    <ManifestCard
      title="Served manifest"
      application={request.application}
      releaseId={release.ref.releaseId}
      knownGood={
        changedSinceKnownGood === null
          ? null
          : { release: changedSinceKnownGood.knownGood, changes: changedSinceKnownGood.changes }
      }
      knownGoodWords="last known good before this request"
    >
      {(changes) => (
        <>
          <div className="border-b border-hairline px-3 py-2">
            <ReleaseName release={release.ref} copy />
            <p className="text-sm text-muted">
              {[
                release.ref.author,
                release.ref.gitCommit === null ? null : `commit ${release.ref.gitCommit.slice(0, 10)}`,
              ]
                .filter(Boolean)
                .join(" · ")}
              {release.pipelineUrl !== null && (
                <>
                  {" · "}
                  <ExternalLink href={release.pipelineUrl}>pipeline run</ExternalLink>
                </>
              )}
            </p>
          </div>
          <ManifestList application={request.application} components={release.components} changes={changes} />
        </>
      )}
    </ManifestCard>
  );
}
