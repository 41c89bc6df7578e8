/** What changed between two releases, component by component, and how to say it. */
import { compareCodePoints } from "@/server/domain/canonical-text";
import type { ComponentMap } from "./component-map";
import { parseReference } from "./component-map";

/** A component that only the newer release has. */
export interface AddedComponent {
  readonly kind: string;
  readonly to: string;
}
/** A component that only the older release has. */
export interface RemovedComponent {
  readonly kind: string;
  readonly from: string;
}
/** A component whose reference or digest differs. */
export interface ChangedComponent {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
}
/** A component that both releases share. */
interface UnchangedComponent {
  readonly kind: string;
  readonly value: string;
}

/** Every kind of both releases in exactly one list, each list by kind in code-point order. */
export interface ManifestDiff {
  readonly added: readonly AddedComponent[];
  readonly removed: readonly RemovedComponent[];
  readonly changed: readonly ChangedComponent[];
  readonly unchanged: readonly UnchangedComponent[];
}

/** Compares two component maps. */
export function diffComponents(from: ComponentMap, to: ComponentMap): ManifestDiff {
  const added: AddedComponent[] = [];
  const removed: RemovedComponent[] = [];
  const changed: ChangedComponent[] = [];
  const unchanged: UnchangedComponent[] = [];
  const before = new Map(Object.entries(from));
  const after = new Map(Object.entries(to));
  for (const kind of [...new Set([...before.keys(), ...after.keys()])].toSorted(compareCodePoints)) {
    const old = before.get(kind);
    const now = after.get(kind);
    if (old !== undefined && now !== undefined) {
      if (old === now) unchanged.push({ kind, value: now });
      else changed.push({ kind, from: old, to: now });
    } else if (old !== undefined) removed.push({ kind, from: old });
    else if (now !== undefined) added.push({ kind, to: now });
  }
  return { added, removed, changed, unchanged };
}

/** One change in words: `feature_view releases@4 → releases@5`, `guardrail pii@2 added`, `judge tone@1 removed`. */
export function describeChange(change: AddedComponent | RemovedComponent | ChangedComponent): string {
  if (!("from" in change)) return `${change.kind} ${brief(change.to)} added`;
  if (!("to" in change)) return `${change.kind} ${brief(change.from)} removed`;
  return `${change.kind} ${brief(change.from)} → ${brief(change.to)}`;
}

/** A reference with its digest cut to 8 digits: enough to tell two apart, short enough to read. */
function brief(value: string): string {
  const reference = parseReference(value);
  if (reference?.digest === undefined) return value;
  return `${reference.name}@${reference.version}#${reference.digest.slice("sha256:".length, "sha256:".length + 8)}`;
}
