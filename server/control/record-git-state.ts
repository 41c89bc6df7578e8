/** Keeps what was seen of a repository and how its aliases stand to what runs. For the controller alone. */
import { z } from "zod";
import { forbidden, notFound } from "@/server/domain/errors";
import { CommitId, DesiredState } from "@/server/domain/gitops/desired-state";
import { DRIFT_STATES } from "@/server/domain/gitops/drift-state";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import {
  DeclaredContent,
  findGitState,
  findRepository,
  listOpenWriteBacks,
  replaceGitAliases,
  writeGitState,
  writeWriteBack,
  type GitAliasRow,
  type GitStateRow,
} from "@/server/store/control/gitops";
import type { ControlContext } from "./context";
import { readDrift } from "./git-drift";
import { addToTimeline } from "./incident-core";
import { notify } from "./outside-effects";
import { perform, writeAudit, type Act } from "./perform";
import { gitTarget } from "./put-git-repository";

const Head = z.object({ commit: CommitId, author: z.string().max(512), committedAtMs: z.number().int() });

export const RecordGitStateInput = closedObject({
  application: ApplicationId,
  /** When the settings that were followed were put: under other ones by now, the reading says nothing. */
  settingsAtMs: z.number().int().optional(),
  /** Without one, only what runs is read again. */
  observation: z
    .discriminatedUnion("kind", [
      /** `desired` when the head, or what is read in it, is new. */
      z.object({ kind: z.literal("reached"), head: Head, desired: DesiredState.optional() }),
      z.object({ kind: z.literal("unreachable"), message: z.string().max(2000) }),
    ])
    .optional(),
});
export type RecordGitStateInput = z.input<typeof RecordGitStateInput>;
type Given = z.output<typeof RecordGitStateInput>;
type Observation = NonNullable<Given["observation"]>;

export const RecordGitStateOutput = z.object({
  /** False when everything is as it was: then only the time of the check was kept. */
  changed: z.boolean(),
  aliases: z.array(z.object({ alias: z.string(), state: z.enum(DRIFT_STATES), latched: z.boolean() })),
});
export type RecordGitStateOutput = z.output<typeof RecordGitStateOutput>;

/** @throws DomainError `not_found` when the application has no repository any more. */
export function recordGitState(context: ControlContext, input: RecordGitStateInput): RecordGitStateOutput {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records what it sees in git");
  const given = parseInput(RecordGitStateInput, input, "the reading of git");
  const { application, observation } = given;
  const { nowMs } = context;
  return perform(context, (act) => {
    const repository = findRepository(act.tx, application);
    if (repository === undefined) throw notFound("git repository of", application);
    if (given.settingsAtMs !== undefined && given.settingsAtMs !== repository.updatedAtMs) {
      return { changed: false, aliases: [] };
    }
    const before = findGitState(act.tx, application);
    const drift = readDrift(act.tx, { application, nowMs, ...newReading(observation) });
    const change = stateChange(before, { observation, nowMs });
    const moved = drift.after.filter((row) => row !== drift.before.find((old) => old.alias === row.alias));
    const changed = moved.length > 0 || drift.after.length !== drift.before.length || hasChanged(before, change);
    if (changed) {
      const auditSeq = audit(act, { given, before, change, drift });
      replaceGitAliases(act.tx, application, drift.after);
      for (const row of moved)
        follow(act, { row, old: drift.before.find(({ alias }) => alias === row.alias), auditSeq });
    }
    if (observation !== undefined) writeGitState(act.tx, { application, change });
    const aliases = drift.after.map(({ alias, state, latched }) => ({ alias, state, latched }));
    return { changed, aliases };
  });
}

function newReading(
  observation: Observation | undefined,
): Pick<Parameters<typeof readDrift>[1], "isReachable" | "head"> {
  if (observation === undefined) return {};
  if (observation.kind === "unreachable") return { isReachable: false };
  const { desired } = observation;
  if (desired === undefined) return { isReachable: true };
  const { commit, aliases, releases } = desired;
  return { isReachable: true, head: { commit, aliases, releaseIds: releases.map(({ releaseId }) => releaseId) } };
}

type StateChange = Partial<Omit<GitStateRow, "application">>;

function stateChange(
  before: GitStateRow | undefined,
  { observation, nowMs }: { observation: Observation | undefined; nowMs: number },
): StateChange {
  if (observation === undefined) return {};
  const checked = { checkedAtMs: nowMs, ...requestLeft(before, nowMs) };
  if (observation.kind === "unreachable") {
    return { ...checked, error: observation.message, failingSinceMs: before?.failingSinceMs ?? nowMs };
  }
  const reached = { ...checked, reachedAtMs: nowMs, error: null, failingSinceMs: null };
  const { head, desired } = observation;
  if (desired === undefined) return reached;
  return {
    ...reached,
    headCommit: head.commit,
    headAuthor: head.author,
    headCommittedAtMs: head.committedAtMs,
    headSeenAtMs: before?.headCommit === head.commit ? before.headSeenAtMs : nowMs,
    declared: DeclaredContent.parse(desired),
  };
}

/** A request that came while git was being asked is for the next check. */
function requestLeft(before: GitStateRow | undefined, nowMs: number): StateChange {
  const requestedAtMs = before?.requestedAtMs ?? null;
  return requestedAtMs !== null && requestedAtMs < nowMs ? { requestedAtMs: null } : {};
}

/** Times of checks alone are no change. */
function hasChanged(before: GitStateRow | undefined, change: StateChange): boolean {
  const newHead = change.headCommit !== undefined && change.headCommit !== before?.headCommit;
  const flipped = change.error !== undefined && (change.error === null) !== ((before?.error ?? null) === null);
  return newHead || flipped;
}

function audit(
  act: Act,
  one: { given: Given; before: GitStateRow | undefined; change: StateChange; drift: ReturnType<typeof readDrift> },
): number {
  const { given, before, change, drift } = one;
  return writeAudit(act, {
    action: "git.observed",
    target: gitTarget(given.application),
    before: { head: before?.headCommit, error: before?.error, aliases: drift.before.map(seen) },
    after: {
      head: change.headCommit ?? before?.headCommit,
      error: change.error === undefined ? before?.error : change.error,
      aliases: drift.after.map(seen),
    },
  });
}

function seen({ alias, reference, releaseId, state, latched }: GitAliasRow): object {
  return { alias, reference, releaseId, state, latched };
}

/** Tells people of a drift that needs them, and of its end; closes write-backs that git has followed. */
function follow(act: Act, one: { row: GitAliasRow; old: GitAliasRow | undefined; auditSeq: number }): void {
  const { row, old, auditSeq } = one;
  const { application, alias, reference } = row;
  const [isOpen, wasOpen] = [needsAPerson(row), old !== undefined && needsAPerson(old)];
  const subject = { application, alias, data: { state: row.state, latched: row.latched, commit: row.commit } };
  if (isOpen && !wasOpen) {
    const hold = row.latched ? "; it is held back until git agrees" : "";
    notify(act, {
      kind: "drift.opened",
      ...subject,
      sentence: `Git declares ${reference} on ${alias}, which does not run${hold}`,
    });
  }
  if (row.state !== "in_sync") return;
  if (wasOpen)
    notify(act, { kind: "drift.closed", ...subject, sentence: `Git and what runs agree on ${alias}: ${reference}` });
  for (const open of listOpenWriteBacks(act.tx, row)) {
    writeWriteBack(act.tx, { ...open, status: "agreed", updatedAtMs: act.context.nowMs });
    if (open.incidentId === null) continue;
    const text = `Git agrees: ${row.path} declares ${reference} on ${alias} since ${row.commit.slice(0, 10)}`;
    addToTimeline(act, { incidentId: open.incidentId, kind: "git", text, auditSeq });
  }
}

function needsAPerson({ state }: GitAliasRow): boolean {
  return state === "ahead_of_git" || state === "unknown_release";
}
