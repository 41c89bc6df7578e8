/** One alias on the drift page: git's word, the ledger's and telemetry's, apart, and what brings them together. */
import { findQuarantine } from "@/server/control/quarantine";
import type { NamedRelease } from "@/server/domain/gitops/alias-file";
import { referenceFor } from "@/server/domain/gitops/write-back";
import { findAlias, findNewestMove, type AliasRow } from "@/server/store/control/aliases";
import type { GitAliasRow, WriteBackRow } from "@/server/store/control/gitops";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { aliasMoveView } from "./alias-move-view";
import type { ReadDeps } from "./deps";
import type { GitDriftView, WriteBackView } from "./git-drift-view";
import { driftWords } from "./git-drift-words";
import type { ReleaseRefs } from "./release-ref";
import type { ObservedTraffic } from "./traffic-share";

type AliasDrift = GitDriftView["aliases"][number];

/** What is the same for every alias of the application. */
export interface DriftFacts {
  readonly refs: ReleaseRefs;
  readonly traffic: ObservedTraffic;
  /** Releases that the head declares. */
  readonly releases: readonly NamedRelease[];
  /** Newest first. */
  readonly writeBacks: readonly WriteBackRow[];
}

export function aliasDrift(deps: ReadDeps, { row, facts }: { row: GitAliasRow; facts: DriftFacts }): AliasDrift {
  const { control, nowMs } = deps;
  const { alias, releaseId, reference, path } = row;
  const running = findAlias(control, row);
  const live = findLiveRollout(control, row);
  const writeBack = facts.writeBacks.find((one) => one.alias === alias);
  return {
    alias,
    environment: row.environment,
    state: row.state,
    latched: row.latched,
    since: row.stateSinceMs,
    sentence: driftWords({ row, running, live, nowMs }),
    desired: {
      reference,
      release: releaseId === null ? null : facts.refs(releaseId),
      path,
      commit: row.commit,
      since: row.declaredAtMs,
    },
    running: running === undefined ? null : runningView(deps, { running, facts }),
    observed: observedView(facts.traffic),
    rollout: live === undefined ? null : { id: live.id, candidateId: live.candidateId, state: live.state },
    quarantine: quarantineView(deps, row),
    patch: running === undefined ? null : patchView(row, { running, facts }),
    writeBack: writeBack === undefined ? null : writeBackView(writeBack),
  };
}

function runningView(
  { control }: ReadDeps,
  { running, facts }: { running: AliasRow; facts: DriftFacts },
): NonNullable<AliasDrift["running"]> {
  const move = findNewestMove(control, running);
  return {
    release: facts.refs(running.releaseId),
    since: running.changedAtMs,
    revision: running.revision,
    move: move === undefined ? null : aliasMoveView(move),
  };
}

function observedView({ counts, total }: ObservedTraffic): AliasDrift["observed"] {
  return [...counts]
    .map(([releaseId, count]) => ({ releaseId, share: count / total, count }))
    .toSorted((a, b) => b.count - a.count);
}

function quarantineView(
  { control }: ReadDeps,
  { application, alias, releaseId }: GitAliasRow,
): AliasDrift["quarantine"] {
  const held = releaseId === null ? undefined : findQuarantine(control, { application, alias, releaseId });
  if (held === undefined) return null;
  const { cause, reason, incidentId, sinceMs } = held;
  const ends = `git declares another release on ${alias}, or a release manager clears the quarantine with a reason`;
  return { cause, reason, incidentId, since: sinceMs, ends };
}

/** The one value of the manifest that a write-back changes. */
function patchView(
  { application, path, reference, state }: GitAliasRow,
  { running, facts }: { running: AliasRow; facts: DriftFacts },
): AliasDrift["patch"] {
  if (state !== "ahead_of_git" && state !== "unknown_release") return null;
  const { releases } = facts;
  return { path, from: reference, to: referenceFor(running.releaseId, { application, releases, replaced: reference }) };
}

export function writeBackView(row: WriteBackRow): WriteBackView {
  const { id: _, application: __, createdAtMs, updatedAtMs, ...rest } = row;
  return { ...rest, createdAt: createdAtMs, updatedAt: updatedAtMs };
}
