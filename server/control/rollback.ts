/** One click back to a release that was good. The same verb serves people, tokens and the controller. */
import { z } from "zod";
import { conflict, forbidden, notFound, preconditionFailed } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { exposureOf } from "@/server/domain/rollout/steps";
import { findAlias, findBadMark, findNewestMove, type AliasRow } from "@/server/store/control/aliases";
import { findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { quarantined, requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { findKnownGood } from "./known-good";
import { perform, Reason, type Act } from "./perform";
import { requireRole } from "./require-role";
import { carryOutRollback, type DecidedRollback } from "./rollback-core";
import { policyOf } from "./rollout-core";

export const RollbackInput = closedObject({
  application: ApplicationId,
  reason: Reason,
  alias: AliasName.default(AliasName.parse("production")),
  /** Where to go; without it, what served beside the failing canary, else the last known good release. */
  toReleaseId: ReleaseId.optional(),
  /** The incident to write to; without it one is found or opened. */
  incidentId: z.string().optional(),
  /** Compare-and-set: the alias' revision when the caller decided. */
  revision: z.number().int().nonnegative().optional(),
});
export type RollbackInput = z.input<typeof RollbackInput>;
type Given = z.output<typeof RollbackInput>;

export const RollbackOutput = z.object({
  fromReleaseId: z.string(),
  toReleaseId: z.string(),
  incidentId: z.string(),
  /** Sequence number of the audit entry. */
  auditId: z.number().int(),
  revision: z.number().int(),
});
export type RollbackOutput = z.output<typeof RollbackOutput>;

/** Somebody who clicks within this time of another's rollback wanted that one, not a second. */
const SAME_CLICK_MS = 5 * 60_000;

/**
 * Rolls back, or answers with the rollback that has just been done.
 *
 * @throws DomainError `not_found` for an unknown alias or release; `precondition_failed` when the alias moved since
 *   `revision`, or nothing is known good; `conflict` for a target that serves already or is quarantined.
 */
export function rollback(context: ControlContext, input: RollbackInput): RollbackOutput {
  requireRole(context.actor, { role: "on_call", automatic: ["controller"] });
  const given = parseInput(RollbackInput, input, "the rollback");
  return perform(context, (act) => {
    const current = findAlias(act.tx, given);
    if (current === undefined) throw notFound("alias", `${given.alias} of ${given.application}`);
    const live = findLiveRollout(act.tx, given);
    const done = findSameClick(act, { given, current, live });
    if (done !== undefined) return done;
    requireRevision(given, current);
    const decided = decide(act, { given, current, live });
    const { toReleaseId, revision, ...result } = carryOutRollback(act, decided);
    // Only a first release has nothing to go back to, and then there is no alias: the type cannot say so.
    if (toReleaseId === null || revision === null) throw nothingGood(given, current);
    return { ...result, toReleaseId, revision };
  });
}

/**
 * The rollback that somebody else did a moment ago, when this caller cannot have known of it: nothing is live, and
 * neither the revision nor the target asks for something further.
 */
function findSameClick(
  act: Act,
  { given, current, live }: { given: Given; current: AliasRow; live: RolloutRow | undefined },
): RollbackOutput | undefined {
  const move = findNewestMove(act.tx, given);
  if (live !== undefined || move?.cause !== "rollback" || move.fromReleaseId === null || move.incidentId === null)
    return undefined;
  const isRecent = act.context.nowMs - move.atMs <= SAME_CLICK_MS;
  const wantsThis = given.toReleaseId === undefined ? isRecent : given.toReleaseId === current.releaseId;
  if (!wantsThis || given.revision === current.revision) return undefined;
  const { fromReleaseId, toReleaseId, incidentId, auditSeq, revision } = move;
  return { fromReleaseId, toReleaseId, incidentId, auditId: auditSeq, revision };
}

function requireRevision(given: Given, current: AliasRow): void {
  if (given.revision === undefined || given.revision === current.revision) return;
  throw preconditionFailed(
    `${given.alias} moved since you looked: it serves ${current.releaseId} at revision ${current.revision}, not ` +
      `${given.revision}. Look again and decide again`,
  );
}

/** The failing release is the candidate that users see, unless the caller names another target than the control. */
function decide(
  act: Act,
  { given, current, live }: { given: Given; current: AliasRow; live: RolloutRow | undefined },
): DecidedRollback {
  const { application, alias, reason, toReleaseId, incidentId } = given;
  const automatic = act.context.actor.kind === "controller";
  const common = {
    application,
    alias,
    current,
    reason,
    rollout: live,
    incidentId,
    cause: automatic ? "decision" : "rollback",
  } as const;
  const candidateFails = live !== undefined && (automatic || isServed(act, live));
  if (candidateFails && (toReleaseId === undefined || toReleaseId === current.releaseId)) {
    const sides = { failedReleaseId: live.candidateId, targetReleaseId: current.releaseId };
    return { ...common, ...sides, end: "rollback", severity: "major" };
  }
  if (automatic) {
    throw forbidden(
      "the controller rolls back a live rollout's candidate only: a person decides on going further back",
    );
  }
  const targetReleaseId = toReleaseId ?? findKnownGood(act.tx, { application, alias, current: current.releaseId });
  if (targetReleaseId === undefined) throw nothingGood(given, current);
  requireTarget(act, { given, current, targetReleaseId });
  return { ...common, failedReleaseId: current.releaseId, targetReleaseId, end: "abort", severity: "critical" };
}

function isServed(act: Act, rollout: RolloutRow): boolean {
  return exposureOf(policyOf(act.tx, rollout), rollout).track === "canary";
}

function requireTarget(
  act: Act,
  { given, current, targetReleaseId }: { given: Given; current: AliasRow; targetReleaseId: string },
): void {
  if (targetReleaseId === current.releaseId) {
    throw conflict(`${given.alias} serves ${targetReleaseId} already: name another release, or leave toReleaseId out`);
  }
  requireRelease(act, { application: given.application, releaseId: targetReleaseId });
  const mark = findBadMark(act.tx, { ...given, releaseId: targetReleaseId });
  if (mark !== undefined) throw quarantined(mark, "Choose another release");
}

function nothingGood(given: Given, current: AliasRow): Error {
  return preconditionFailed(
    `no release of ${given.application} is known good on ${given.alias} before ${current.releaseId}: ` +
      "name the one to go to with toReleaseId",
  );
}
