/** What Switchback commits after an emergency: whether, which reference, and in which words. Writes nothing itself. */
import { reconciliation } from "@/server/domain/alias/drift";
import type { AliasMoveCause } from "@/server/domain/vocabulary";
import type { NamedRelease } from "./alias-file";

/**
 * `committed`: pushed to the branch; `proposed`: pushed to a branch of its own, for people to merge; `agreed`: git
 * declares what runs; `not_needed`: git declares another release by now; `impossible`: a person must write it.
 */
export const WRITE_BACK_STATUSES = ["committed", "proposed", "agreed", "not_needed", "impossible"] as const;
export type WriteBackStatus = (typeof WRITE_BACK_STATUSES)[number];

/** `agrees`: git declares what runs; `moved_on`: git declares something else than the release that was taken out. */
export type WriteBackNeed = "write" | "agrees" | "moved_on";

/**
 * Whether git must be brought to what runs. A commit is owed while git declares the release that was taken out: if
 * somebody has declared another one since, that is theirs to decide.
 */
export function writeBackNeed(facts: {
  readonly declaredReleaseId: string | null;
  readonly runningReleaseId: string;
  readonly failedReleaseId: string;
  readonly reason: string;
  readonly actor: string;
  /** A person asked for git to be brought to what runs, whatever it declares. */
  readonly isRequested: boolean;
}): WriteBackNeed {
  const { declaredReleaseId, runningReleaseId, failedReleaseId, reason, actor, isRequested } = facts;
  const { drift, openRevertCommit } = reconciliation({
    gitDesired: declaredReleaseId ?? "",
    runtime: runningReleaseId,
    breakGlass: { reason, actor },
  });
  if (!drift) return "agrees";
  return openRevertCommit && (isRequested || declaredReleaseId === failedReleaseId) ? "write" : "moved_on";
}

/** How a manifest names a release, in the manner of the value it replaces; by its id where git declares it nowhere. */
export function referenceFor(
  releaseId: string,
  { application, releases, replaced }: { application: string; releases: readonly NamedRelease[]; replaced: string },
): string {
  const declared = releases.find((release) => release.releaseId === releaseId);
  if (declared === undefined) return releaseId;
  const prefix = `${application}@`;
  const isBare = !replaced.startsWith(prefix) && declared.reference.startsWith(prefix);
  return isBare ? declared.reference.slice(prefix.length) : declared.reference;
}

/** An alias' way back, as a commit tells it. */
export interface AliasRevert {
  readonly application: string;
  readonly alias: string;
  readonly fromReleaseId: string;
  readonly toReleaseId: string;
  readonly cause: AliasMoveCause;
  readonly reason: string;
  /** Who decided: a person's or token's name; null for the controller. */
  readonly decidedBy: string | null;
  readonly incidentId: string | null;
  readonly audit: { readonly seq: number; readonly hash: string };
}

/** The line by which a commit is found again: unique per audit entry, so that nothing is committed twice. */
export function auditTrailer({ seq, hash }: AliasRevert["audit"]): string {
  return `Switchback-Audit: ${seq} ${hash}`;
}

export function revertSubject({ alias, fromReleaseId, toReleaseId }: AliasRevert): string {
  return `revert(${alias}): ${fromReleaseId} -> ${toReleaseId}`;
}

/** Subject, who and why, and trailers that `git interpret-trailers` reads. */
export function commitMessage(revert: AliasRevert): string {
  const { application, alias, fromReleaseId, toReleaseId, decidedBy, incidentId, audit } = revert;
  const trailers = [
    ...(incidentId === null ? [] : [`Switchback-Incident: ${incidentId}`]),
    `Switchback-Alias: ${application}/${alias}`,
    `Switchback-From: ${fromReleaseId}`,
    `Switchback-To: ${toReleaseId}`,
    `Switchback-Decision: ${decidedBy === null ? "auto" : "manual"}`,
    auditTrailer(audit),
  ];
  return `${revertSubject(revert)}\n\n${describeRevert(revert)}\n\n${trailers.join("\n")}\n`;
}

/** One sentence, on one line whatever the reason holds. */
function describeRevert({
  application,
  alias,
  toReleaseId,
  cause,
  reason,
  decidedBy,
  incidentId,
}: AliasRevert): string {
  const act = cause === "rollback" ? "was rolled back" : "was moved";
  const who = decidedBy === null ? "by the rollout's policy" : `by ${decidedBy}`;
  const incident = incidentId === null ? "" : ` (incident ${incidentId})`;
  return oneLine(`${application} ${alias} ${act} to ${toReleaseId} ${who}: ${reason}${incident}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
}

/** The branch of a proposal: one per incident, so that a second alias joins the first. */
export function revertBranch({ incidentId, alias, audit }: AliasRevert): string {
  return `switchback/revert-${incidentId ?? `${alias}-${audit.seq}`}`;
}
