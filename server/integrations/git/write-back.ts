/**
 * Brings git to what runs after an emergency: commits the alias' revert and pushes it, or proposes it where the branch is
 * protected. May run any number of times for one move: a commit is found again by its trailer.
 */
import { z } from "zod";
import { RECONCILE } from "@/server/control/outside-effects";
import { findQuarantine } from "@/server/control/quarantine";
import { recordWriteBack, type RecordWriteBackInput } from "@/server/control/record-write-back";
import { controllerContext } from "@/server/controller/controller-context";
import { doubling, type Deliverer } from "@/server/controller/outbox-delivery";
import type { DeclaredAlias } from "@/server/domain/gitops/desired-state";
import { EMERGENCY_CAUSES } from "@/server/domain/gitops/drift-state";
import {
  auditTrailer,
  referenceFor,
  writeBackNeed,
  type AliasRevert,
  type WriteBackNeed,
} from "@/server/domain/gitops/write-back";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { ALIAS_MOVE_CAUSES } from "@/server/domain/vocabulary";
import { findAlias } from "@/server/store/control/aliases";
import { findAuditEntry } from "@/server/store/control/audit";
import { findRepository, requestGitCheck, type StoredRepository } from "@/server/store/control/gitops";
import { findUser } from "@/server/store/control/users";
import type { Mirror, Person } from "./mirror";
import { headOf, type GitDeps } from "./plan-commit";
import { mergeByHand, pushProposal, requestMerge } from "./propose-revert";
import { readDesired } from "./read-desired";
import { commitRevert, type Revert } from "./revert-commit";

export interface WriteBackDeps extends GitDeps {
  /** The address of an incident's page. */
  incidentUrl: (incident: { application: string; incidentId: string }) => string;
}

/** A branch that others push to all the time is tried so often before the outbox waits. */
const MOST_RACES = 5;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** The part of an alias move's effect that is written back. */
const Move = z.object({
  application: ApplicationId,
  alias: AliasName,
  fromReleaseId: z.string().nullable(),
  cause: z.enum(ALIAS_MOVE_CAUSES),
  reason: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  atMs: z.number(),
  incidentId: z.string().nullable(),
  auditId: z.number().int(),
});

interface Task {
  repository: StoredRepository;
  move: z.output<typeof Move>;
  /** Seal of the move's audit entry. */
  auditHash: string;
  isRequested: boolean;
  nowMs: number;
  signal: AbortSignal;
}

/** Delivers `git:` targets. It never gives up on a remote: until git agrees, the drift is shown. */
export function createGitDeliverer(deps: WriteBackDeps): Deliverer {
  return {
    deliver: async ({ kind, payload }, { nowMs, signal }) => {
      const move = Move.parse(payload);
      const isRequested = kind === RECONCILE;
      const repository = findRepository(deps.control, move.application);
      if (repository === undefined || repository.writeBack === "off") return;
      if (!isRequested && !EMERGENCY_CAUSES.has(move.cause)) return;
      const auditHash = findAuditEntry(deps.control, move.auditId)?.hash ?? "";
      const task = { repository, move, auditHash, isRequested, nowMs, signal };
      await deps.git.use(repository, (mirror) => writeBack(deps, mirror, task));
    },
    retryAfterMs: ({ attempts, error }) =>
      error instanceof z.ZodError ? "give_up" : doubling(LONGEST_PAUSE_MS)({ attempts }),
  };
}

async function writeBack(deps: WriteBackDeps, mirror: Mirror, task: Task): Promise<void> {
  for (let race = 0; race < MOST_RACES; race++) {
    if ((await tryOnce(deps, mirror, task)) === "done") return;
  }
  throw new Error(`${task.repository.branch} moved ${MOST_RACES} times while the revert was written`);
}

async function tryOnce(deps: WriteBackDeps, mirror: Mirror, task: Task): Promise<"done" | "stale"> {
  const { repository, move, isRequested } = task;
  await mirror.fetch();
  const head = await headOf(mirror, repository.branch);
  const { aliases, releases } = await readDesired(mirror, { commit: head, layout: repository });
  const declared = aliases.find(({ alias }) => alias === move.alias);
  // Read again each time: what runs now is what git must say, whatever was moved since.
  const running = findAlias(deps.control, move)?.releaseId;
  if (declared === undefined || running === undefined) return "done";
  const work = revertOf(deps, { task, declared, running, releases });
  const keep = keeper(deps, { task, revert: work.revert });
  const written = await mirror.findMessage(head, auditTrailer(work.revert.audit));
  if (written !== undefined) return keep(committed(task, { commit: written, reference: declared.reference }));
  const need = needOf(deps, { task, declared, running });
  if (need === "agrees" && !isRequested) {
    requestGitCheck(deps.control, { application: move.application, nowMs: task.nowMs });
    return "done";
  }
  if (need !== "write") return keep(unwritten(need, { running, reference: declared.reference }));
  return repository.writeBack === "direct"
    ? pushDirectly(deps, mirror, { task, head, work, keep })
    : propose(deps, mirror, { task, head, work, keep, why: "the settings ask for a proposal" });
}

type Need = WriteBackNeed | "let_back";

function needOf(deps: WriteBackDeps, one: { task: Task; declared: DeclaredAlias; running: string }): Need {
  const { task, declared, running } = one;
  const { move, isRequested } = task;
  const need = writeBackNeed({
    declaredReleaseId: declared.releaseId,
    runningReleaseId: running,
    failedReleaseId: move.fromReleaseId ?? "",
    reason: move.reason,
    actor: move.actor.name,
    isRequested,
  });
  return need === "write" && !isRequested && !isHeld(deps, task) ? "let_back" : need;
}

function unwritten(need: Exclude<Need, "write">, one: { running: string; reference: string }): Outcome {
  const { running, reference } = one;
  switch (need) {
    case "agrees":
      return { status: "agreed", message: `git declares ${running} already` };
    case "moved_on":
      return { status: "not_needed", message: `git declares ${reference} by now: nothing was written` };
    case "let_back":
      return { status: "not_needed", message: `${reference} was taken out of quarantine: git may declare it` };
  }
}

/** Whether the release that was taken out still is: a person may have let it come back before git answered. */
function isHeld({ control }: WriteBackDeps, { move }: Task): boolean {
  const { application, alias, fromReleaseId } = move;
  return (
    fromReleaseId !== null && findQuarantine(control, { application, alias, releaseId: fromReleaseId }) !== undefined
  );
}

function revertOf(
  { control }: WriteBackDeps,
  one: {
    task: Task;
    declared: DeclaredAlias;
    running: string;
    releases: Parameters<typeof referenceFor>[1]["releases"];
  },
): Revert {
  const { task, declared, running, releases } = one;
  const { move, auditHash, nowMs } = task;
  const { application, alias, cause, reason, incidentId, actor, auditId, atMs } = move;
  const revert: AliasRevert = {
    application,
    alias,
    cause,
    reason,
    incidentId,
    fromReleaseId: move.fromReleaseId ?? declared.releaseId ?? declared.reference,
    toReleaseId: running,
    decidedBy: actor.kind === "controller" ? null : actor.name,
    audit: { seq: auditId, hash: auditHash },
  };
  const reference = referenceFor(running, { application, releases, replaced: declared.reference });
  const email = actor.kind === "person" ? findUser(control, actor.id)?.email : undefined;
  const person: Person =
    actor.kind === "controller"
      ? { name: "switchback-controller", email: NO_MAIL }
      : { name: actor.name, email: email ?? NO_MAIL };
  return { revert, declared, reference, author: { ...person, atMs }, nowMs };
}

const NO_MAIL = "noreply@switchback.invalid";

type Outcome = Pick<RecordWriteBackInput, "status" | "message"> &
  Partial<Pick<RecordWriteBackInput, "commit" | "branch" | "url">>;
type Keep = (outcome: Outcome) => "done";

function keeper({ control }: WriteBackDeps, { task, revert }: { task: Task; revert: AliasRevert }): Keep {
  const { application, alias, incidentId, auditId } = task.move;
  const { fromReleaseId, toReleaseId } = revert;
  return (outcome) => {
    const subject = { application, alias, incidentId, auditSeq: auditId, fromReleaseId, toReleaseId };
    const nothing = { commit: null, branch: null, url: null };
    recordWriteBack(controllerContext(control, task.nowMs), { ...subject, ...nothing, ...outcome });
    return "done";
  };
}

interface Writing {
  task: Task;
  head: string;
  work: Revert;
  keep: Keep;
}

async function pushDirectly(deps: WriteBackDeps, mirror: Mirror, writing: Writing): Promise<"done" | "stale"> {
  const { task, head, work, keep } = writing;
  const { branch } = task.repository;
  const written = await commitRevert(mirror, { parent: head, work });
  if ("problem" in written) return keep(impossible(written.problem));
  const outcome = await mirror.push({ commit: written.commit, branch, expected: head });
  if (outcome.kind === "stale") return "stale";
  if (outcome.kind === "refused")
    return propose(deps, mirror, { ...writing, why: `${branch} takes no push (${outcome.message})` });
  return keep(committed(task, { commit: written.commit, reference: work.reference }));
}

async function propose(
  deps: WriteBackDeps,
  mirror: Mirror,
  writing: Writing & { why: string },
): Promise<"done" | "stale"> {
  const { task, head, work, keep, why } = writing;
  const { repository, move, signal } = task;
  const pushed = await pushProposal(mirror, { head, work });
  if (pushed.kind === "stale") return "stale";
  if (pushed.kind === "impossible") return keep(impossible(pushed.problem));
  const { commit, branch } = pushed;
  const { application, incidentId } = move;
  const incidentUrl = incidentId === null ? null : deps.incidentUrl({ application, incidentId });
  const say = (outcome: { url: string | null; message: string }): "done" =>
    keep({ status: "proposed", commit, branch, url: outcome.url, message: `${why}: ${outcome.message}` });
  try {
    return say(await requestMerge(deps.git, { repository, revert: work.revert, branch, incidentUrl, signal }));
  } catch (error) {
    // People can merge the branch while the host is in trouble; the request is tried again.
    say(mergeByHand(repository, branch));
    throw error;
  }
}

function committed({ repository, move }: Task, one: { commit: string; reference: string }): Outcome {
  const message = `commit ${one.commit.slice(0, 10)} on ${repository.branch} sets ${move.alias} to ${one.reference}`;
  return { status: "committed", commit: one.commit, message };
}

function impossible(problem: string): Outcome {
  return { status: "impossible", message: `git must be brought to what runs by hand: ${problem}` };
}
