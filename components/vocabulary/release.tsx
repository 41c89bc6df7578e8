/** How releases, their changes and actors are shown wherever they are mentioned. */
import type { ReactNode } from "react";
import type { AliasMove, ComponentChange, ReleaseRef } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { ShortId } from "@/components/ui/short-id";
import { releasePath } from "./paths";

/** A release by its short id, linked to its page. */
export function ReleaseId(props: { application: string; releaseId: string; copy?: boolean }): ReactNode {
  return (
    <ShortId
      id={props.releaseId}
      label="release id"
      href={releasePath(props.application, props.releaseId)}
      copy={props.copy ?? false}
    />
  );
}

/** A release with its label; an unregistered one says so. */
export function ReleaseName(props: { release: ReleaseRef; copy?: boolean; className?: string }): ReactNode {
  const { release } = props;
  return (
    <span className={classNames("inline-flex min-w-0 flex-wrap items-center gap-x-2", props.className)}>
      <ReleaseId application={release.application} releaseId={release.releaseId} copy={props.copy ?? false} />
      {release.registered ? (
        release.label !== null && <span className="min-w-0 break-words text-muted">{release.label}</span>
      ) : (
        <span className="font-medium text-review-fg">not registered</span>
      )}
    </span>
  );
}

interface Versioned {
  name: string;
  version: string;
}

function split(reference: string): Versioned {
  const at = reference.lastIndexOf("@");
  return at <= 0
    ? { name: reference, version: "" }
    : { name: reference.slice(0, at), version: reference.slice(at + 1) };
}

/** `feature_view releases@4 → 5`, `tool_schema/search added search@1`, `judge removed judge-sla@3`. */
export function changeText(change: ComponentChange): string {
  const { kind, from, to } = change;
  if (from === null) return `${kind} added ${to ?? ""}`;
  if (to === null) return `${kind} removed ${from}`;
  const before = split(from);
  const after = split(to);
  return before.name === after.name && before.version !== "" && after.version !== ""
    ? `${kind} ${before.name}@${before.version} → ${after.version}`
    : `${kind} ${from} → ${to}`;
}

/** Only what changed, one chip each. */
export function ChangeChips(props: { changes: readonly ComponentChange[]; none: string }): ReactNode {
  if (props.changes.length === 0) return <span className="text-muted">{props.none}</span>;
  return (
    <ul className="inline-flex min-w-0 flex-wrap gap-1">
      {props.changes.map((change) => (
        <li
          key={change.kind}
          className="rounded-sm border border-hairline bg-surface px-1.5 font-mono text-xs leading-5 break-all text-ink lg:whitespace-nowrap"
        >
          {changeText(change)}
        </li>
      ))}
    </ul>
  );
}

const CAUSES: Readonly<Record<AliasMove["cause"], string>> = {
  promotion: "promotion",
  rollback: "rollback",
  break_glass: "break-glass",
  reconcile: "reconciled with git",
  registry_sync: "registry sync",
  manual: "moved by hand",
};

export function causeWord(cause: AliasMove["cause"]): string {
  return CAUSES[cause];
}
