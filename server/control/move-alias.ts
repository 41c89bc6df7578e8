/** Points an alias at a release by hand, by git or by a registry: one ledger row, one audit entry, or nothing. */
import { z } from "zod";
import { conflict, notFound, preconditionFailed } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import { ALIAS_MOVE_CAUSES, type AliasMoveCause } from "@/server/domain/vocabulary";
import { moveOnAbort } from "@/server/domain/rollout/steps";
import { addReleaseMark, findAlias, findBadMark, type AliasRow } from "@/server/store/control/aliases";
import { addIncidentEvent, findIncident } from "@/server/store/control/incidents";
import { findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { aliasTarget, quarantined, requireRelease, writeMove } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";
import { applyMove } from "./rollout-core";

export const MoveAliasInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  releaseId: ReleaseId,
  reason: Reason,
  cause: z.enum(ALIAS_MOVE_CAUSES).default("manual"),
  /** Compare-and-set: the revision that was read; 0 when the alias must not exist yet. */
  expectedRevision: z.number().int().nonnegative().optional(),
  /** Takes back the mark that a rollback left on the release; `reason` says why it is good after all. */
  clearMark: z.boolean().default(false),
  /** The incident in which the move happens: it appears in its timeline. */
  incidentId: z.string().optional(),
});
export type MoveAliasInput = z.input<typeof MoveAliasInput>;
type Given = z.output<typeof MoveAliasInput>;

export const MoveAliasOutput = z.object({
  application: z.string(),
  alias: z.string(),
  releaseId: z.string(),
  revision: z.number().int(),
  changedAt: Time,
  cause: z.enum(ALIAS_MOVE_CAUSES),
  /** False when the alias pointed there already: then nothing was written. */
  moved: z.boolean(),
});
export type MoveAliasOutput = z.input<typeof MoveAliasOutput>;

/** Moves of an emergency: on-call may make them, and they end a live rollout instead of being refused by it. */
const URGENT: ReadonlySet<AliasMoveCause> = new Set(["break_glass", "rollback"]);

/**
 * @throws DomainError `not_found` for an unknown release, `precondition_failed` when the alias moved since it was read,
 *   `conflict` for a quarantined release or a live rollout on the alias.
 */
export function moveAlias(context: ControlContext, input: MoveAliasInput): MoveAliasOutput {
  const given = parseInput(MoveAliasInput, input, "the alias move");
  requireRole(context.actor, { role: URGENT.has(given.cause) ? "on_call" : "release_manager", automatic: ["system"] });
  if (given.clearMark) requireRole(context.actor, { role: "release_manager" });
  return perform(context, (act) => {
    requireRelease(act, given);
    const current = findAlias(act.tx, given);
    requireRevision(given, current);
    if (current?.releaseId === given.releaseId) return outcome({ ...current, moved: false });
    const rollout = refuseUnlessAllowed(act, given);
    const incident = given.incidentId === undefined ? undefined : findIncident(act.tx, given.incidentId);
    if (given.incidentId !== undefined && incident?.application !== given.application) {
      throw notFound(`incident of ${given.application}`, given.incidentId);
    }
    return outcome({ ...writeDecided(act, { given, current, rollout }), moved: true });
  });
}

function requireRevision(given: Given, current: AliasRow | undefined): void {
  const revision = current?.revision ?? 0;
  if (given.expectedRevision === undefined || given.expectedRevision === revision) return;
  throw preconditionFailed(
    `alias ${given.alias} is at revision ${revision} (${current?.releaseId ?? "no release"}), not ` +
      `${given.expectedRevision}: somebody moved it. Read it again and decide again`,
  );
}

/** The live rollout that the move will end, if there is one. */
function refuseUnlessAllowed(act: Act, given: Given): RolloutRow | undefined {
  const mark = findBadMark(act.tx, given);
  if (mark !== undefined && !given.clearMark && given.cause !== "break_glass") {
    throw quarantined(mark, "Clear the mark with clearMark and a reason, or use cause break_glass in an emergency");
  }
  const rollout = findLiveRollout(act.tx, given);
  if (rollout !== undefined && !URGENT.has(given.cause)) {
    throw conflict(
      `rollout ${rollout.id} of ${rollout.candidateId} is live on ${given.alias}: abort it first, or roll back`,
    );
  }
  return rollout;
}

interface Decided {
  given: Given;
  current: AliasRow | undefined;
  rollout: RolloutRow | undefined;
}

function writeDecided(act: Act, { given, current, rollout }: Decided): AliasRow {
  const { application, alias, releaseId, cause, reason } = given;
  const incidentId = given.incidentId ?? null;
  const auditSeq = auditMove(act, { given, current, rollout });
  if (rollout !== undefined) {
    applyMove(act, { rollout, move: moveOnAbort(rollout), note: { reason, auditSeq } });
  }
  if (given.clearMark && findBadMark(act.tx, given) !== undefined) {
    const mark = { application, alias, releaseId, mark: "cleared", atMs: act.context.nowMs, reason } as const;
    addReleaseMark(act.tx, { ...mark, incidentId, rolloutId: null });
  }
  const fromReleaseId = current?.releaseId ?? null;
  const target = { application, alias, fromReleaseId, toReleaseId: releaseId, cause, reason };
  const revision = writeMove(act, { ...target, current, rolloutId: rollout?.id ?? null, incidentId, auditSeq });
  if (incidentId !== null) noteInTimeline(act, { incidentId, alias, releaseId, auditSeq, cause });
  return { application, alias, releaseId, revision, changedAtMs: act.context.nowMs, cause };
}

function auditMove(act: Act, { given, current, rollout }: Decided): number {
  const { releaseId, cause, clearMark, incidentId } = given;
  return writeAudit(act, {
    action: "alias.moved",
    target: aliasTarget(given),
    ...(current === undefined ? {} : { before: { releaseId: current.releaseId, revision: current.revision } }),
    after: {
      releaseId,
      revision: (current?.revision ?? 0) + 1,
      cause,
      incidentId,
      clearedMark: clearMark ? true : undefined,
      abortedRolloutId: rollout?.id,
    },
    reason: given.reason,
  });
}

function noteInTimeline(
  act: Act,
  move: { incidentId: string; alias: string; releaseId: string; auditSeq: number; cause: AliasMoveCause },
): void {
  addIncidentEvent(act.tx, {
    incidentId: move.incidentId,
    atMs: act.context.nowMs,
    kind: "alias_move",
    actor: act.context.actor,
    text: `${move.alias} moved to ${move.releaseId} (${move.cause})`,
    data: { alias: move.alias, releaseId: move.releaseId },
    auditSeq: move.auditSeq,
  });
}

function outcome({ changedAtMs, ...row }: AliasRow & { moved: boolean }): MoveAliasOutput {
  return { ...row, changedAt: changedAtMs };
}
