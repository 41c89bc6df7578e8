/** Each alias that git declares beside what runs: computed from stored readings, for the verb that keeps them. */
import { driftOf, type AliasReading } from "@/server/domain/gitops/drift-state";
import type { DeclaredAlias } from "@/server/domain/gitops/desired-state";
import { findAlias } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { findGitState, listGitAliases, readDeclared, type GitAliasRow } from "@/server/store/control/gitops";
import { findRelease } from "@/server/store/control/releases";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { findQuarantine } from "./quarantine";

/** What is new since the readings were stored. */
export interface NewReading {
  application: string;
  nowMs: number;
  /** Whether git answered when it was last asked; as stored, unless it has just been asked. */
  isReachable?: boolean;
  /** What a new head declares. */
  head?: { commit: string; aliases: readonly DeclaredAlias[]; releaseIds: readonly string[] };
}

/** The rows as they are to be stored. Those that stay the same are the stored ones, times included. */
export function readDrift(db: ControlReader, reading: NewReading): { before: GitAliasRow[]; after: GitAliasRow[] } {
  const { application, nowMs, head } = reading;
  const state = findGitState(db, application);
  const isReachable = reading.isReachable ?? state?.error === null;
  const before = listGitAliases(db, application);
  // Most declared releases are registered: what the head holds is read only for one that is not.
  const isDeclared = (releaseId: string): boolean =>
    head === undefined
      ? (readDeclared(state)?.releases.some((release) => release.releaseId === releaseId) ?? false)
      : head.releaseIds.includes(releaseId);
  const declared =
    head === undefined ? before : head.aliases.map((alias) => declaredRow(before, { alias, head, application, nowMs }));
  const after = declared.map((row) => withDrift(db, { row, isReachable, isDeclared, nowMs }));
  return { before, after };
}

/** A declaration that has not changed keeps its time and commit. */
function declaredRow(
  before: readonly GitAliasRow[],
  one: { alias: DeclaredAlias; head: { commit: string }; application: string; nowMs: number },
): GitAliasRow {
  const { alias, head, application, nowMs } = one;
  const { environment, path, reference, releaseId } = alias;
  const known = before.find((row) => row.alias === alias.alias);
  const isSame = known?.reference === alias.reference && known.releaseId === alias.releaseId;
  return {
    application,
    alias: alias.alias,
    environment,
    path,
    reference,
    releaseId,
    declaredAtMs: isSame ? known.declaredAtMs : nowMs,
    commit: isSame ? known.commit : head.commit,
    state: known?.state ?? "behind_git",
    latched: known?.latched ?? false,
    stateSinceMs: known?.stateSinceMs ?? nowMs,
  };
}

function withDrift(
  db: ControlReader,
  one: { row: GitAliasRow; isReachable: boolean; isDeclared: (releaseId: string) => boolean; nowMs: number },
): GitAliasRow {
  const { row, isReachable, isDeclared, nowMs } = one;
  const { application, alias, releaseId } = row;
  const running = findAlias(db, row);
  const { state, latched } = driftOf({
    declaredReleaseId: releaseId,
    ...standingOf(db, { application, alias, releaseId, runningId: running?.releaseId, isDeclared }),
    declaredAtMs: row.declaredAtMs,
    runningReleaseId: running?.releaseId ?? null,
    movedAtMs: running?.changedAtMs ?? null,
    candidateId: findLiveRollout(db, row)?.candidateId ?? null,
    isReachable,
  });
  if (state === row.state && latched === row.latched) return row;
  return { ...row, state, latched, stateSinceMs: nowMs };
}

/** What is known of the declared release. The ledger is walked only where it matters. */
function standingOf(
  db: ControlReader,
  one: {
    application: string;
    alias: string;
    releaseId: string | null;
    runningId: string | undefined;
    isDeclared: (releaseId: string) => boolean;
  },
): Pick<AliasReading, "isKnown" | "isQuarantined"> {
  const { application, alias, releaseId, runningId, isDeclared } = one;
  if (releaseId === null) return { isKnown: false, isQuarantined: false };
  return {
    isKnown: findRelease(db, { application, releaseId }) !== undefined || isDeclared(releaseId),
    isQuarantined: releaseId !== runningId && findQuarantine(db, { application, alias, releaseId }) !== undefined,
  };
}

/** Whether an alias stands otherwise to git than is stored: somebody moved it, or a rollout ended. */
export function hasDriftChanged(
  db: ControlReader,
  { application, nowMs }: { application: string; nowMs: number },
): boolean {
  const { before, after } = readDrift(db, { application, nowMs });
  return after.some((row, index) => row !== before[index]);
}
