/** The drift page: how git was last seen, every alias that it declares, and what it has not been told of yet. */
import { listQuarantines } from "@/server/control/quarantine";
import { readRunningState } from "@/server/control/running-state";
import { planChanges } from "@/server/domain/gitops/plan";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import type { ControlDatabase } from "@/server/store/control/database";
import {
  findGitState,
  findRepository,
  listGitAliases,
  listWriteBacks,
  readDeclared,
  type GitStateRow,
} from "@/server/store/control/gitops";
import { listGivenUp, listOutbox } from "@/server/store/control/outbox";
import { findRelease } from "@/server/store/control/releases";
import type { ReadDeps } from "./deps";
import { aliasDrift, writeBackView, type DriftFacts } from "./git-alias-drift";
import type { GitDriftView } from "./git-drift-view";
import { releaseRefs } from "./release-ref";
import { observedTraffic } from "./traffic-share";

const OBSERVED_MS = 5 * 60_000;
const WRITE_BACKS = 20;
const OUTBOX_ROWS = 200;
const GIVEN_UP = 20;

/** An application without a repository has an answer too: there is nothing to drift from. */
export function gitDrift(deps: ReadDeps, { application }: { application: string }): GitDriftView {
  const { control } = deps;
  const stored = findRepository(control, application);
  const state = findGitState(control, application);
  const { releases = [], findings = [] } = readDeclared(state) ?? {};
  const writeBacks = listWriteBacks(control, { application, limit: WRITE_BACKS });
  const facts: DriftFacts = {
    refs: releaseRefs(control, application),
    traffic: observedTraffic(deps, { application, lengthMs: OBSERVED_MS }),
    releases,
    writeBacks,
  };
  const aliases = listGitAliases(control, application)
    .map((row) => aliasDrift(deps, { row, facts }))
    .toSorted(byNeed);
  return {
    application,
    sentence: sentenceOf({ isConnected: stored !== undefined, state, aliases }),
    asOf: deps.nowMs,
    repository: stored === undefined ? null : settingsOf(stored),
    git: stored === undefined ? null : gitView(state),
    aliases,
    plan: headPlan(control, application),
    quarantines: quarantines(control, application, facts.refs),
    findings,
    releases: releases.map(({ reference, releaseId }) => ({
      reference,
      releaseId,
      registered: findRelease(control, { application, releaseId }) !== undefined,
    })),
    writeBacks: writeBacks.map(writeBackView),
    undelivered: undelivered(control, application),
    givenUp: givenUp(control, application),
  };
}

/** As a plan of the head reads, from what was kept of it: git is not asked. */
function headPlan(control: ControlDatabase, application: string): GitDriftView["plan"] {
  const state = findGitState(control, application);
  const content = readDeclared(state);
  if (content === undefined || state?.headCommit == null) return null;
  const aliases = listGitAliases(control, application).map((row) => ({
    alias: AliasName.parse(row.alias),
    environment: row.environment,
    path: row.path,
    keys: [],
    reference: row.reference,
    releaseId: row.releaseId === null ? null : ReleaseId.parse(row.releaseId),
  }));
  const desired = { application: ApplicationId.parse(application), commit: state.headCommit, ...content, aliases };
  const named = aliases.flatMap(({ releaseId }) => releaseId ?? []);
  const releaseIds = [...content.releases.map(({ releaseId }) => releaseId), ...named];
  return planChanges(desired, readRunningState(control, { application, releaseIds }));
}

function quarantines(
  control: ControlDatabase,
  application: string,
  refs: DriftFacts["refs"],
): GitDriftView["quarantines"] {
  return listQuarantines(control, application)
    .toSorted((a, b) => b.sinceMs - a.sinceMs)
    .map(({ releaseId, sinceMs, ...held }) => ({ ...held, release: refs(releaseId), since: sinceMs }));
}

function settingsOf(stored: NonNullable<ReturnType<typeof findRepository>>): GitDriftView["repository"] {
  const { updatedAtMs: _, ...settings } = stored;
  return settings;
}

function gitView(state: GitStateRow | undefined): NonNullable<GitDriftView["git"]> {
  const never = { checkedAt: null, reachedAt: null, error: null, failingSince: null, head: null, applied: null };
  if (state === undefined || state.checkedAtMs === null) return { state: "never_asked", ...never };
  return {
    state: state.error === null ? "reached" : "unreachable",
    checkedAt: state.checkedAtMs,
    reachedAt: state.reachedAtMs,
    error: state.error,
    failingSince: state.failingSinceMs,
    head: headView(state),
    applied: appliedView(state),
  };
}

function headView({ headCommit, headAuthor, headCommittedAtMs, headSeenAtMs }: GitStateRow) {
  if (headCommit === null || headCommittedAtMs === null || headSeenAtMs === null) return null;
  return { commit: headCommit, author: headAuthor ?? "", committedAt: headCommittedAtMs, seenAt: headSeenAtMs };
}

function appliedView({ appliedCommit, appliedAtMs }: GitStateRow) {
  return appliedCommit === null || appliedAtMs === null ? null : { commit: appliedCommit, at: appliedAtMs };
}

function undelivered(control: ControlDatabase, application: string): GitDriftView["undelivered"] {
  const rows = listOutbox(control, { target: `git:${application}`, limit: OUTBOX_ROWS });
  const waiting = rows.filter(({ deliveredAtMs, gaveUpAtMs }) => deliveredAtMs === null && gaveUpAtMs === null);
  const oldest = waiting.at(-1);
  if (oldest === undefined) return null;
  const { createdAtMs: oldestAt, attempts, lastError: error, nextAttemptAtMs: nextAttemptAt } = oldest;
  return { waiting: waiting.length, oldestAt, attempts, error, nextAttemptAt };
}

function givenUp(control: ControlDatabase, application: string): GitDriftView["givenUp"] {
  return listGivenUp(control, { target: `git:${application}`, limit: GIVEN_UP }).map((row) => ({
    outboxId: row.id,
    error: row.lastError ?? "",
    at: row.gaveUpAtMs ?? row.createdAtMs,
  }));
}

const RANK: Readonly<Record<GitDriftView["aliases"][number]["state"], number>> = {
  ahead_of_git: 0,
  unknown_release: 1,
  behind_git: 2,
  git_unreachable: 3,
  in_sync: 4,
};

type Ranked = Pick<GitDriftView["aliases"][number], "state" | "alias">;

function byNeed(a: Ranked, b: Ranked): number {
  return RANK[a.state] - RANK[b.state] || (a.alias < b.alias ? -1 : 1);
}

function sentenceOf(facts: {
  isConnected: boolean;
  state: GitStateRow | undefined;
  aliases: GitDriftView["aliases"];
}): string {
  const { isConnected, state, aliases } = facts;
  if (!isConnected) return "No git repository is connected: there is nothing to drift from.";
  const [first] = aliases;
  if (first !== undefined && first.state !== "in_sync") return first.sentence;
  if (state === undefined || state.checkedAtMs === null)
    return "The repository is connected and has not been read yet.";
  if (state.error !== null) return `Git cannot be reached: ${state.error}.`;
  if (first === undefined) return "Git declares no alias.";
  return `Git and what runs agree on ${aliases.map(({ alias }) => alias).join(", ")}.`;
}
